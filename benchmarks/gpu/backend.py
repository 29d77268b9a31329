"""The interface to a backend: a training step, an inference step, the device, its limits.

A step is a function without arguments that returns when it is finished. TensorFlow, JAX and torch
each have a class here with the same methods.
"""

import time

import keras
import numpy as np


class Jax:
    """Steps compiled by `jax.jit`."""

    threads = 16  # XLA compiles as many programs side by side as there are cores

    def __init__(self):
        import jax

        self.jax = jax

    def device(self) -> str:
        """Return the name of the device."""
        return self.jax.devices()[0].device_kind

    def on_gpu(self) -> bool:
        """Whether the device is a GPU."""
        return self.jax.default_backend() == "gpu"

    def version(self) -> dict:
        """Return the version of the backend."""
        return {"jax": self.jax.__version__}

    def compiled(self, layer, x, mask, upstream):
        """Return the training step as a jitted function, and its arguments."""
        fixed = [v.value for v in layer.non_trainable_variables]

        def step(weights, x):
            def loss(weights, x):
                y, _ = layer.stateless_call(weights, fixed, x, mask=mask, training=True)
                return (y * upstream).sum(), y

            gradients, y = self.jax.grad(loss, argnums=(0, 1), has_aux=True)(weights, x)
            return [y, gradients[1], *gradients[0]]

        weights = [v.value for v in layer.trainable_variables]
        x, mask, upstream = map(self._tensor, (x, mask, upstream))
        return self.jax.jit(step), (weights, x)

    def training(self, layer, x, mask, upstream):
        """Return the step that computes outputs and the gradients of inputs and weights."""
        step, arguments = self.compiled(layer, x, mask, upstream)
        return lambda: self.jax.block_until_ready(step(*arguments))

    def inference(self, layer, x, mask):
        """Return the step that computes outputs."""
        weights = [v.value for v in layer.trainable_variables]
        fixed = [v.value for v in layer.non_trainable_variables]
        x, mask = self._tensor(x), self._tensor(mask)
        step = self.jax.jit(lambda w, x: layer.stateless_call(w, fixed, x, mask=mask)[0])
        return lambda: [self.jax.block_until_ready(step(weights, x))]

    def peak_mib(self, layer, x, mask, upstream) -> float:
        """Return the memory that a training step needs in addition to its arguments and results."""
        step, arguments = self.compiled(layer, x, mask, upstream)
        return step.lower(*arguments).compile().memory_analysis().temp_size_in_bytes / 2**20

    def product(self, n: int):
        """Return the step of one product of two `(n, n)` matrices."""
        a = self.jax.numpy.ones((n, n), "float32")
        step = self.jax.jit(lambda a: a @ a)
        return lambda: self.jax.block_until_ready(step(a))

    def copy(self, mib: int):
        """Return the step that reads and writes this many MiB."""
        a = self.jax.numpy.ones((mib * 2**18,), "float32")
        step = self.jax.jit(lambda a: a + 1)
        return lambda: self.jax.block_until_ready(step(a))

    def _tensor(self, array):
        return None if array is None else self.jax.numpy.asarray(array)


class Torch:
    """Steps run op by op, as torch does by default."""

    threads = 1

    def __init__(self):
        import torch

        self.torch = torch
        self.where = "cuda" if torch.cuda.is_available() else "cpu"

    def device(self) -> str:
        """Return the name of the device."""
        return self.torch.cuda.get_device_name() if self.on_gpu() else "CPU"

    def on_gpu(self) -> bool:
        """Whether the device is a GPU."""
        return self.where == "cuda"

    def version(self) -> dict:
        """Return the version of the backend."""
        return {"torch": self.torch.__version__}

    def training(self, layer, x, mask, upstream):
        """Return the step that computes outputs and the gradients of inputs and weights."""
        x, mask, upstream = map(self.tensor, (x, mask, upstream))
        x.requires_grad_()
        weights = [w.value for w in layer.trainable_variables]
        return self.differentiated(
            lambda: layer(x, mask=mask, training=True), [x, *weights], upstream
        )

    def differentiated(self, outputs, sources, upstream):
        """Return the step that computes outputs and the gradients of the sources."""

        def step():
            y = outputs()
            results = [y.detach(), *self.torch.autograd.grad(y, sources, upstream)]
            self._wait()
            return results

        return step

    def inference(self, layer, x, mask):
        """Return the step that computes outputs."""
        x, mask = self.tensor(x), self.tensor(mask)
        return self.undifferentiated(lambda: layer(x, mask=mask))

    def undifferentiated(self, outputs):
        """Return the step that computes outputs, without gradients."""

        def step():
            with self.torch.no_grad():
                y = outputs()
            self._wait()
            return [y]

        return step

    def peak_mib(self, layer, x, mask, upstream) -> float | None:
        """Return the peak memory of a training step, on a GPU."""
        if not self.on_gpu():
            return None
        step = self.training(layer, x, mask, upstream)
        step()
        self.torch.cuda.reset_peak_memory_stats()
        before = self.torch.cuda.memory_allocated()
        step()
        return (self.torch.cuda.max_memory_allocated() - before) / 2**20

    def product(self, n: int):
        """Return the step of one product of two `(n, n)` matrices."""
        a = self.torch.ones((n, n), device=self.where)
        return lambda: (a @ a, self._wait())

    def copy(self, mib: int):
        """Return the step that reads and writes this many MiB."""
        a = self.torch.ones((mib * 2**18,), device=self.where)
        return lambda: (a + 1, self._wait())

    def tensor(self, array):
        """Return an array as a tensor on the device; None stays None."""
        return None if array is None else self.torch.tensor(array, device=self.where)

    def _wait(self):
        if self.on_gpu():
            self.torch.cuda.synchronize()


class TensorFlow:
    """Steps run by `tf.function`."""

    threads = 1

    def __init__(self):
        import tensorflow as tf

        self.tf = tf

    def device(self) -> str:
        """Return the name of the device."""
        if not self.on_gpu():
            return "CPU"
        (gpu, *_) = self.tf.config.list_physical_devices("GPU")
        return self.tf.config.experimental.get_device_details(gpu).get("device_name", gpu.name)

    def on_gpu(self) -> bool:
        """Whether the device is a GPU."""
        return bool(self.tf.config.list_physical_devices("GPU"))

    def version(self) -> dict:
        """Return the version of the backend."""
        return {"tensorflow": self.tf.__version__}

    def training(self, layer, x, mask, upstream):
        """Return the step that computes outputs and the gradients of inputs and weights."""
        x, mask, upstream = map(self._tensor, (x, mask, upstream))

        @self.tf.function(autograph=False)
        def step(x):
            weights = [v.value for v in layer.trainable_variables]
            with self.tf.GradientTape() as tape:
                tape.watch(x)
                y = layer(x, mask=mask, training=True)
            return [y, *tape.gradient(y, [x, *weights], output_gradients=upstream)]

        return lambda: self._wait(step(x))

    def inference(self, layer, x, mask):
        """Return the step that computes outputs."""
        x, mask = self._tensor(x), self._tensor(mask)
        step = self.tf.function(lambda x: [layer(x, mask=mask)], autograph=False)
        return lambda: self._wait(step(x))

    def peak_mib(self, layer, x, mask, upstream) -> float | None:
        """Return the peak memory of a training step, on a GPU."""
        if not self.on_gpu():
            return None
        memory, step = self.tf.config.experimental, self.training(layer, x, mask, upstream)
        step()
        memory.reset_memory_stats("GPU:0")
        before = memory.get_memory_info("GPU:0")["current"]
        step()
        return (memory.get_memory_info("GPU:0")["peak"] - before) / 2**20

    def product(self, n: int):
        """Return the step of one product of two `(n, n)` matrices."""
        a = self.tf.ones((n, n))
        step = self.tf.function(lambda a: [a @ a], autograph=False)
        return lambda: self._wait(step(a))

    def copy(self, mib: int):
        """Return the step that reads and writes this many MiB."""
        a = self.tf.ones((mib * 2**18,))
        step = self.tf.function(lambda a: [a + 1], autograph=False)
        return lambda: self._wait(step(a))

    def _tensor(self, array):
        return None if array is None else self.tf.constant(array)

    def _wait(self, results):
        # A value of the last result is available only when all ops queued before it are done.
        for result in results:
            float(self.tf.reshape(result, [-1])[0])
        return results


def current():
    """Return an instance of the class for Keras's backend."""
    return {"jax": Jax, "torch": Torch, "tensorflow": TensorFlow}[keras.backend.backend()]()


def numbers(results) -> list[np.ndarray]:
    """Return the results of a step as float32 arrays."""
    return [keras.ops.convert_to_numpy(keras.ops.cast(r, "float32")) for r in results]


def first_call(step) -> float:
    """Return the seconds of a step's first call, compiling included."""
    began = time.perf_counter()
    step()
    return time.perf_counter() - began
