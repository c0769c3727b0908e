"""The keys of the screen, at its foot."""

from __future__ import annotations

from textual import widgets


class Footer(widgets.Footer):
    """Textual's, in its compact form, and forgetful: of keys it showed before it keeps nothing.

    It makes its keys anew whenever they change, and each watches ``compact``. Textual forgets watchers that have gone
    only when what they watch is set, which here is never: a screen one comes back to would grow with every visit.
    """

    def __init__(self) -> None:
        super().__init__(show_command_palette=False, compact=True)

    async def recompose(self) -> None:
        """Make the keys anew, and let go of those before."""
        await super().recompose()
        self.mutate_reactive(widgets.Footer.compact)
