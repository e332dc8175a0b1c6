"""A progress for tests."""


class Heard:
    """A progress that remembers what it heard."""

    def __init__(self) -> None:
        self.total = 0
        self.advanced: list[tuple[str, str]] = []
        self.stages: list[tuple[str, str, float, int]] = []
        self.warnings: list[str] = []

    def start(self, total: int, what: str) -> None:
        self.total = total

    def advance(self, name: str, note: str = "") -> None:
        self.advanced.append((name, note))

    def stage(self, name: str, stage: str, done: float = 0, total: int = 0) -> None:
        self.stages.append((name, stage, done, total))

    def warn(self, message: str) -> None:
        self.warnings.append(message)
