"""Everything that can be wrong with a user's model is one message that names file, method, received and expected."""

from functools import partial
from pathlib import Path

import numpy as np
import pytest

from harness.base.errors import UsageError
from harness.experiments.networks import adam_cnn
from harness.experiments.optimizers import momentum, sgd
from harness.experiments.optimizers import write_up_adam as adam
from harness.user_models import template
from harness.user_models.loading import load_user_model
from harness.user_models.model import UserModel
from tests.harness.user_models.wrapped import HasForward, Silent, loaded

TEMPLATE = Path(template.__file__).read_text()
OPTIMIZER = partial(sgd, learning_rate=0.01)
NETWORK = partial(adam_cnn, input_shape=(6, 6, 2), n_classes=3)
MODEL = """
class Model:
    network = "adam"

    def __init__(self):
        self.weights = [np.zeros((3, 3, 2, 10)), np.zeros(10), np.zeros((40, 3)), np.zeros(3)]

    def get_weights(self):
        return self.weights

    def set_weights(self, weights):
        self.weights = weights

    def train_step(self, x, y, learning_rate):
        pass

    def forward(self, x):
        return np.full((len(x), 3), 1 / 3)


def make_model():
    return Model()
"""


def write(tmp_path, text):
    """Write a file, and return its path as a flag names it."""
    path = tmp_path / "my_model.py"
    path.write_text(text)
    return str(path)


def model_with(tmp_path, old="", new="", network=NETWORK, **options):
    """Return the `UserModel` of the small model above, with a piece of text replaced."""
    assert old in MODEL
    text = "import numpy as np\n" + MODEL.replace(old, new)
    return UserModel(load_user_model(write(tmp_path, text)), network, OPTIMIZER, **options)


def weights():
    """Return arrays of the shapes of the small model."""
    return [np.ones(shape, np.float32) for shape in ((3, 3, 2, 10), (10,), (40, 3), (3,))]


def batch(n=1):
    """Return images and labels."""
    return np.ones((n, 6, 6, 2)), np.zeros(n, np.uint8)


def test_the_small_model_is_right(tmp_path):
    model = model_with(tmp_path)
    model.start(weights())
    model.step(*batch(4))
    assert model.predict(batch(5)[0], batch_size=2).shape == (5, 3)


# Loading


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("import numpy as np\n\ndef f(:\n", ["running the file raised SyntaxError (my_model.py, line 3)"]),
        ("import nompy\n", ["ModuleNotFoundError (my_model.py, line 1)", "nompy"]),
        ("x = 1\ny = x / 0\n", ["ZeroDivisionError (my_model.py, line 2): division by zero"]),
        ("import sys\nsys.exit(3)\n", ["SystemExit (my_model.py, line 2)"]),
        ("x = 1\n", ["no function make_model()", "--template"]),
        ("make_model = 3\n", ["no function make_model()"]),
        ("def make_model(size):\n    pass\n", ["make_model() raised TypeError", "size"]),
        ("def make_model():\n    pass\n", ["make_model() returned nothing", "expected a model"]),
        ("class Net: pass\ndef make_model():\n    return Net\n", ["the class Net", "Net()"]),
        (
            "class Net: pass\ndef make_model():\n    return Net()\n",
            ["no method get_weights, set_weights, train_step", "forward(x) and backward(gradient_of_the_outputs)"],
        ),
        (TEMPLATE.replace("def train_step", "def train"), ["no method train_step"]),
        (TEMPLATE.replace("one_image = True", "one_image = 1"), ["one_image is 1", "True or False"]),
        (
            TEMPLATE.replace("one_image = True", "network = 'lenet'"),
            ["network is 'lenet'", "simple_cnn", "network(nn)"],
        ),
    ],
)
def test_a_file_that_makes_no_model_is_told(tmp_path, text, words):
    with pytest.raises(UsageError) as caught:
        load_user_model(write(tmp_path, text))
    assert str(caught.value).startswith("my_model.py: ")
    assert all(word in str(caught.value) for word in words), caught.value


def test_a_file_that_is_not_there_is_told():
    with pytest.raises(UsageError, match=r"nowhere\.py does not exist"):
        load_user_model("nowhere.py")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("no_such_module:make", "import no_such_module raised ModuleNotFoundError"),
        ("harness.user_models.template:make", r"no function make\(\)"),
    ],
)
def test_a_function_that_is_not_there_is_told(name, words):
    with pytest.raises(UsageError, match=words):
        load_user_model(name)


def test_a_model_may_be_named_as_module_and_function():
    found = load_user_model("harness.user_models.template:make_model")
    assert (found.name, found.interface.channels_first, found.interface.has_layer_outputs) == (
        "make_model",
        True,
        False,
    )


def test_a_file_may_import_what_lies_beside_it_and_the_line_of_an_error_there_is_named(tmp_path):
    (tmp_path / "my_layers.py").write_text("def make():\n    raise ValueError('no')\n")
    text = "import my_layers\n\ndef make_model():\n    return my_layers.make()\n"
    with pytest.raises(
        UsageError, match=r"my_model\.py: make_model\(\) raised ValueError \(my_layers\.py, line 2\): no"
    ):
        load_user_model(write(tmp_path, text))


# Weights


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("return self.weights", "return self.weights[1:]", ["get_weights() returned 3 arrays", "4", "conv2d/kernel"]),
        ("return self.weights", "return None", ["get_weights() returned NoneType", "a list of 4 arrays"]),
        (
            "np.zeros((3, 3, 2, 10))",
            "np.zeros((10, 2, 3, 3))",
            ["(10, 2, 3, 3) for conv2d/kernel", "(3, 3, 2, 10)", "channels_first = True"],
        ),
        ("np.zeros((40, 3))", "np.zeros((3, 40))", ["(3, 40) for dense/kernel", "(40, 3)", "out_in = True"]),
        (
            "np.zeros(10)",
            "np.zeros((4, 4, 10))",
            ["(4, 4, 10) for conv2d/bias", "(10,)", "each output pixel", "PixelBias"],
        ),
        ("np.zeros(10)", "np.zeros(9)", ["(9,) for conv2d/bias", "(10,)"]),
        ("np.zeros(10)", "np.zeros(10, np.float16)", ["float16 for conv2d/bias", "float32 or float64"]),
        ("np.zeros(10)", "np.zeros(10, complex)", ["complex128", "numbers"]),
        ("np.zeros(10)", "[[1, 2], [3]]", ["get_weights() returned a list that cannot be an array", "numbers"]),
        ("np.zeros(10)", "None", ["get_weights() returned a NoneType"]),
        (
            "        return self.weights",
            "        return 1 / 0",
            ["get_weights() raised ZeroDivisionError (my_model.py, line 10)"],
        ),
    ],
)
def test_weights_of_another_network_are_told(tmp_path, old, new, words):
    with pytest.raises(UsageError) as caught:
        model_with(tmp_path, old, new)
    assert str(caught.value).startswith("my_model.py: ")
    assert all(word in str(caught.value) for word in words), caught.value


@pytest.mark.parametrize(
    ("new", "words"),
    [
        ("pass", r"get_weights\(\) returned other weights than were set: conv2d/kernel differs by up to 1\.0e\+00"),
        ("self.weights = [2 * weight for weight in weights]", "other weights than were set"),
        ("weights[0] *= 0; self.weights = weights", r"set_weights\(weights\) changes weights in place"),
        ("self.weights = weights + 1", r"set_weights\(weights\) raised TypeError \(my_model\.py, line 13\)"),
    ],
)
def test_weights_that_are_not_taken_over_are_told(tmp_path, new, words):
    model = model_with(tmp_path, "self.weights = weights", new)
    with pytest.raises(UsageError, match=words):
        model.start(weights())


def test_a_model_may_take_the_list_of_weights_apart(tmp_path):
    model = model_with(tmp_path, "self.weights = weights", "self.weights = [weights.pop(0) for _ in range(4)]")
    model.start(weights())


def test_a_model_may_keep_the_weights_that_it_is_given_and_change_them_as_it_trains(tmp_path):
    given = weights()
    model = model_with(tmp_path, "        pass", "        self.weights[0] -= 1")
    model.start(given)
    model.step(*batch())
    assert given[0].min() == 1 and model.get_weights()[0].max() == 0


# Steps and outputs


@pytest.mark.parametrize(
    ("new", "words"),
    [
        ("x *= 2", r"train_step\(x, y, learning_rate\) changes x in place; let it change a copy"),
        ("y += 1", r"train_step\(x, y, learning_rate\) changes y in place"),
        ("return x", r"train_step\(x, y, learning_rate\) returned an array of shape \(4, 6, 6, 2\); expected \(4, 3\)"),
        ("return 'done'", "returned a str of type <U4; expected numbers"),
        (
            "return [0.5, 0.9]",
            r"returned 2 numbers in one array or list; expected the loss, .* \(loss, accuracy\)",
        ),
        (
            "return {'loss': 0.5}",
            r"returned a dict; expected the loss, the outputs, or a tuple such as \(loss",
        ),
    ],
)
def test_a_step_that_goes_wrong_is_told(tmp_path, new, words):
    model = model_with(tmp_path, "        pass", f"        {new}")
    model.start(weights())
    with pytest.raises(UsageError, match=words):
        model.step(*batch(4))


def test_the_step_that_raises_is_named_with_its_line(tmp_path):
    model = model_with(tmp_path, "        pass", "        self.weights = self.weights[:-1]\n        self.weights[3]")
    model.start(weights())
    words = r"my_model\.py: at step 1 train_step\(x, y, learning_rate\) raised IndexError \(my_model\.py, line 17\)"
    with pytest.raises(UsageError, match=words):
        model.step(*batch())


def test_a_forward_pass_that_raises_is_named_with_the_step_to_come(tmp_path):
    model = model_with(tmp_path, "return np.full((len(x), 3), 1 / 3)", "return x @ x")
    model.start(weights())
    model.step(*batch())
    with pytest.raises(UsageError, match=r"at step 2 forward\(x\) raised ValueError \(my_model\.py, line 19\)"):
        model.forward(batch()[0])
    with pytest.raises(UsageError, match=r"my_model\.py: forward\(x\) raised ValueError"):
        model.predict(batch()[0])


@pytest.mark.parametrize(
    ("new", "words"),
    [
        ("return x.sum()", r"forward\(x\) returned an array of shape \(\); expected \(4, 3\)"),
        ("return np.zeros((3, len(x)))", r"an array of shape \(3, 4\); expected \(4, 3\)"),
        ("x -= 1; return np.zeros((len(x), 3))", r"forward\(x\) changes x in place"),
        ("return None", r"forward\(x\) returned a NoneType"),
    ],
)
def test_outputs_that_are_none_are_told(tmp_path, new, words):
    model = model_with(tmp_path, "return np.full((len(x), 3), 1 / 3)", new)
    with pytest.raises(UsageError, match=words):
        model.forward(batch(4)[0])


def test_layer_outputs_of_another_number_or_shape_are_told(tmp_path):
    model = model_with(
        tmp_path, "def forward(self, x):", "def layer_outputs(self, x):\n        return [None]\n\n    def f(self, x):"
    )
    with pytest.raises(UsageError, match=r"layer_outputs\(x\) returned 1 arrays; expected a list of 4 .*max_pooling2d"):
        model.layer_outputs(batch()[0])
    text = "def layer_outputs(self, x):\n        return [None, x, None, None]\n\n    def f(self, x):"
    model = model_with(tmp_path, "def forward(self, x):", text)
    with pytest.raises(UsageError, match=r"layer_outputs\(x\) returned .*\(1, 6, 6, 2\); expected \(1, 2, 2, 10\)"):
        model.layer_outputs(batch()[0])


@pytest.mark.parametrize("optimizer", [adam, momentum])
def test_only_plain_descent_is_possible(optimizer):
    with pytest.raises(UsageError, match="plain steps"):
        UserModel(loaded(Silent), NETWORK, partial(optimizer, learning_rate=0.01))


def test_a_model_of_one_image_has_batches_of_one():
    model = UserModel(loaded(partial(Silent, one_image=True)), partial(adam_cnn, input_shape=(28, 28, 1)), OPTIMIZER)
    model.check_batch_size(1)
    with pytest.raises(UsageError, match=r"my_model\.py: with one_image = True the batch size must be 1, and it is 8"):
        model.check_batch_size(8)


# Its own network

OWN = """
def network(nn):
    return nn.Sequential([nn.Input({shape}), nn.layers.Flatten(), nn.layers.{layer}(3, activation="softmax")])


class Model:
    network = network

    def get_weights(self):
        return [np.zeros((72, 3)), np.zeros(3)]

    set_weights = train_step = None


class Other(Model):
    def set_weights(self, weights):
        pass

    def train_step(self, x, y, learning_rate):
        pass


def make_model():
    return Other()
"""


def own(tmp_path, shape=(6, 6, 2), layer="Dense", change=("", "")):
    """Return a `UserModel` with a network of its own."""
    text = "import numpy as np\n" + OWN.format(shape=shape, layer=layer).replace(*change)
    return UserModel(load_user_model(write(tmp_path, text)), NETWORK, OPTIMIZER)


@pytest.mark.parametrize(
    "change",
    [
        ("", ""),
        ("    network = network\n", "    def network(self, nn):\n        return network(nn)\n"),
        ("    network = network\n", "    network = staticmethod(network)\n"),
        ("def network(nn):", "def network(nn, n_classes=7, input_shape=None):"),
    ],
    ids=["function", "method", "staticmethod", "function of shapes"],
)
def test_a_network_may_be_a_function_in_the_same_file(tmp_path, change):
    model = own(tmp_path, change=change)
    assert [layer.name for layer in model.twin.layers] == ["flatten", "dense"]


def test_a_network_that_does_not_fit_the_data_or_cannot_be_built_is_told(tmp_path):
    with pytest.raises(UsageError, match=r"the network takes images of shape \(6, 12, 1\); .* \(6, 6, 2\)"):
        own(tmp_path, shape=(6, 12, 1))
    with pytest.raises(UsageError, match=r"network\(nn\) raised AttributeError \(my_model\.py, line 4\).*Danse"):
        own(tmp_path, layer="Danse")


def test_a_network_of_the_harness_may_be_named():
    model = UserModel(
        loaded(partial(HasForward, network="adam")), partial(adam_cnn, input_shape=(28, 28, 1)), OPTIMIZER
    )
    assert [layer.name for layer in model.twin.layers] == ["conv2d", "max_pooling2d", "flatten", "dense"]
