# metrics.py - the metrics of a scheduler under test.
import re

from process import free_port


class Metrics:
    def __init__(self, scene):
        self.scene = scene
        self.port = free_port()
        self.address = f"127.0.0.1:{self.port}"

    def value(self, series):
        """Sum of a metric's series whose labels hold each of the parts: NAME{PART,PART}."""
        name, _, labels = series.rstrip("}").partition("{")
        text = self.scene.stage.fetch(self.port, "/metrics")
        lines = re.findall(rf"^{name}(?:\{{(.*)\}})? (\S+)$", text, flags=re.MULTILINE)
        return sum(float(value) for found, value in lines if all(part in found for part in labels.split(",")))

    def wait(self, series, least):
        self.scene.wait(f"{series} >= {least}", lambda: self.value(series) >= least)
