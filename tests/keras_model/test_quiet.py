"""What TensorFlow would say, and does not."""

import logging

from keras_model import keras


def test_many_models_in_one_process_bring_no_warnings():
    records = []
    handler = logging.Handler()
    handler.emit = records.append
    logger = logging.getLogger("tensorflow")
    logger.addHandler(handler)
    try:
        for _ in range(7):  # TensorFlow warns of the fifth
            model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
            model.compile()
            model.predict(keras.ops.zeros((3, 2)), verbose=0)
    finally:
        logger.removeHandler(handler)
    assert not records
