"""The templates: a network from scratch for one image or for batches, and the changes that make others of them."""

from pathlib import Path

from harness.base.errors import UsageError

FOLDER = Path(__file__).parent
# What may be chosen, the first of each pair unless the other is named.
CHOICES = (("one-image", "batches"), ("labels", "one-hot"), ("train-step", "backward"))

IS_SOFTMAX = {
    "one-image": """        exponentials = np.exp(x - x.max())
        return exponentials / exponentials.sum()
""",
    "batches": """        exponentials = np.exp(x - x.max(axis=1, keepdims=True))
        return exponentials / exponentials.sum(axis=1, keepdims=True)
""",
}
ATTRIBUTE = {"one-image": "    one_image = True\n", "batches": "    channels_first = True\n"}
# By choice and by what x is: pieces of the template, and what they become.
CHANGES = {
    ("one-hot", "one-image"): [
        (ATTRIBUTE["one-image"], ATTRIBUTE["one-image"] + "    one_hot = True\n"),
        ("out_in, one_hot, from_logits", "out_in, from_logits"),
        ("y a label;", "y is one-hot;"),
        ("gradient = probabilities.copy()\n        gradient[y] -= 1\n", "gradient = probabilities - y\n"),
    ],
    ("one-hot", "batches"): [
        (ATTRIBUTE["batches"], ATTRIBUTE["batches"] + "    one_hot = True\n"),
        ("out_in, one_hot, from_logits", "out_in, from_logits"),
        ("y labels;", "y is one-hot, (images, 10);"),
        ("np.eye(10)[y]", "y"),
    ],
    ("backward", "one-image"): [
        (ATTRIBUTE["one-image"], ATTRIBUTE["one-image"] + "    from_logits = True\n"),
        ("out_in, one_hot, from_logits and network", "out_in and network"),
        ("(channels, height, width), y a label; weights", "(channels, height, width); weights"),
        ("(self, gradient, learning_rate)", "(self, gradient)"),
        (
            "        self.kernel -= learning_rate * kernel_gradient\n"
            "        self.bias -= learning_rate * gradient.sum(axis=(1, 2))\n",
            "        self.gradients = [kernel_gradient, gradient.sum(axis=(1, 2))]\n",
        ),
        (
            "        self.kernel -= learning_rate * np.outer(self.inputs, gradient)\n"
            "        self.bias -= learning_rate * gradient\n",
            "        self.gradients = [np.outer(self.inputs, gradient), gradient]\n",
        ),
        ("    # Optional: with it outputs are compared too, and harness.run can predict.\n", ""),
        (IS_SOFTMAX["one-image"], "        return x  # the softmax and the loss are not asked for\n"),
        (
            """    def train_step(self, x, y, learning_rate):
        probabilities = self.forward(x)
        gradient = probabilities.copy()
        gradient[y] -= 1
        for layer in reversed(self.layers):
            gradient = layer.backward(gradient, learning_rate)
        return probabilities
""",
            """    def backward(self, gradient_of_the_outputs):
        gradient = gradient_of_the_outputs
        for layer in reversed(self.layers):
            gradient = layer.backward(gradient)
        return [array for layer in self.layers if hasattr(layer, "kernel") for array in layer.gradients]
""",
        ),
    ],
    ("backward", "batches"): [
        (ATTRIBUTE["batches"], ATTRIBUTE["batches"] + "    from_logits = True\n"),
        ("out_in, one_hot, from_logits and network", "out_in and network"),
        ("(images, channels, height, width), y labels; weights", "(images, channels, height, width); weights"),
        ("    # Optional: with it outputs are compared too, and harness.run can predict.\n", ""),
        (IS_SOFTMAX["batches"], "        return x  # the softmax and the loss are not asked for\n"),
        (
            """    def loss_gradient(self, probabilities, y):
        return (probabilities - np.eye(10)[y]) / len(y)

    def gradients(self, gradient):
        for layer in reversed(self.layers):
            gradient = layer.backward(gradient)
        return [array for layer in self.layers for array in layer.gradients]

    def train_step(self, x, y, learning_rate):
        probabilities = self.forward(x)
        gradients = self.gradients(self.loss_gradient(probabilities, y))
        for array, gradient in zip(self.get_weights(), gradients, strict=True):
            array -= learning_rate * gradient
        return probabilities

    # Optional: with these a mistake is found with its layer.
""",
            """    # The second list is optional, as is the method below: with them a mistake is found with its layer.
    def backward(self, gradient_of_the_outputs):
        gradient, layer_gradients = gradient_of_the_outputs, []
        for block in reversed(self.blocks):
            for layer in reversed(block):
                gradient = layer.backward(gradient)
            layer_gradients.insert(0, gradient)
        return [array for layer in self.layers for array in layer.gradients], layer_gradients

""",
        ),
        (
            """
    def layer_gradients(self, x, y):
        gradient, gradients = self.loss_gradient(self.forward(x), y), []
        for block in reversed(self.blocks):
            for layer in reversed(block):
                gradient = layer.backward(gradient)
            gradients.insert(0, gradient)
        return gradients
""",
            "",
        ),
    ],
}


def template_text(words: list[str]) -> str:
    """Return the text of a template.

    Args:
        words: at most one of each pair of `CHOICES`; the first of a pair where neither is named.

    Raises:
        UsageError: for a word that is none of them, two of one pair, or one-hot labels for a model that is given none.
    """
    allowed = [word for pair in CHOICES for word in pair]
    unknown = [word for word in words if word not in allowed]
    if unknown:
        raise UsageError(f"there is no template {' '.join(unknown)}; allowed are {', '.join(allowed)}")
    for one, other in CHOICES:
        if one in words and other in words:
            raise UsageError(f"a template is for {one} or for {other}; leave one out")
    if "backward" in words and "one-hot" in words:
        raise UsageError("a model with backward is given no labels; leave out one-hot")
    kind = "batches" if "batches" in words else "one-image"
    text = (FOLDER / ("template_batches.py" if kind == "batches" else "template.py")).read_text(encoding="utf-8")
    for word in words:
        for old, new in CHANGES.get((word, kind), ()):
            text = text.replace(old, new)
    return text
