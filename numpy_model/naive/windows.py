"""Windows of a convolution or a pooling, one index at a time."""

import math


class Windows:
    """Which pixel each window sees at each of its places: the padding and striding of a layer, one index at a time."""

    def __init__(self, layer, image_size, window_size, strides, padding, dilation_rate=(1, 1)):
        if padding not in ("valid", "same"):
            raise ValueError(f"layer {layer}: padding is {padding!r}; allowed are 'valid' and 'same'")
        self.image_size, self.window_size, self.strides = image_size, window_size, strides
        self.dilation_rate = dilation_rate
        reach = [(window - 1) * apart + 1 for window, apart in zip(window_size, dilation_rate, strict=True)]
        axes = list(zip(image_size, reach, strides, strict=True))
        if padding == "valid" and any(window > size for size, window, _ in axes):
            raise ValueError(
                f"layer {layer}: a window of {window_size} does not fit into an image of {image_size} pixels; "
                "use a smaller window or padding='same'"
            )
        if padding == "same":
            self.output_size = tuple(math.ceil(size / stride) for size, _, stride in axes)
            self.first = [-(max((math.ceil(size / step) - 1) * step + window - size, 0) // 2)
                          for size, window, step in axes]  # fmt: skip
        else:
            self.output_size = tuple((size - window) // stride + 1 for size, window, stride in axes)
            self.first = [0, 0]

    def places(self, y, x):
        """Yield (k, l, row, column) for each place of window (y, x) that lies on the image."""
        for k in range(self.window_size[0]):
            for l in range(self.window_size[1]):
                row = self.first[0] + y * self.strides[0] + k * self.dilation_rate[0]
                column = self.first[1] + x * self.strides[1] + l * self.dilation_rate[1]
                if 0 <= row < self.image_size[0] and 0 <= column < self.image_size[1]:
                    yield k, l, row, column
