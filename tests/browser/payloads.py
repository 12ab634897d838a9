"""Texts that would run as code where a page let them out of the place that they are written to."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import product

# How a text gets out of where it stands: text, attributes, scripts, styles, comments, templates.
CONTEXTS = (
    "{}", '">{}', "'>{}", "`>{}", "</title>{}", "</textarea>{}", "</script>{}", "</style>{}",
    "</option></select>{}", "--></noscript>{}", "]]>{}", "</svg>{}", "<p title='{}'>",
)  # fmt: skip
# What would run there; MARK is set by whatever does.
VECTORS = (
    "<script>MARK</script>",
    "<img src=x onerror=MARK>",
    "<svg onload=MARK>",
    "<svg><animate onbegin=MARK attributeName=x dur=1s>",
    "<body onload=MARK>",
    "<details open ontoggle=MARK>x</details>",
    "<input autofocus onfocus=MARK>",
    "<iframe srcdoc='<script>parent.MARK</script>'></iframe>",
    "<object data='javascript:MARK'></object>",
    "<video><source onerror=MARK></video>",
    "<a href='javascript:MARK' id=bait>x</a>",
    "<form action='javascript:MARK'><button>x</button></form>",
    "<math><mi xlink:href='data:x,<script>MARK</script>'>",
    "<div hx-get='/x' hx-trigger='load' hx-on:click='MARK'>x</div>",
    "<script src='data:text/javascript,MARK'></script>",
    "<style>@import 'javascript:MARK';</style>",
    "<audio src=x onerror=MARK>",
    "<marquee onstart=MARK>x</marquee>",
    "<select autofocus onfocus=MARK>",
    "<embed src=javascript:MARK>",
)
# What gets out without a tag of its own: attributes, addresses, templates, encodings.
BARE = (
    '" onmouseover="MARK', "' onmouseover='MARK", '" autofocus onfocus="MARK', "javascript:MARK",
    "JaVaScRiPt:MARK", "java\tscript:MARK", "data:text/html,<script>MARK</script>", "{{ MARK }}",
    "{% raw %}MARK{% endraw %}", "${{MARK}}", "#{{MARK}}", "{{constructor.constructor('MARK')()}}",
    "\\u003cscript\\u003eMARK\\u003c/script\\u003e", "&lt;script&gt;MARK&lt;/script&gt;",
    "%3Cscript%3EMARK%3C/script%3E", "&#60;img src=x onerror=MARK&#62;",
    "<<script>MARK//<</script>",
    "<scr<script>ipt>MARK</script>", "<IMG SRC=x ONERROR=MARK>", "<img/src=x/onerror=MARK>",
    "<svg/onload=MARK>", "<!--<img src=x onerror=MARK>-->", "\u202e<script>MARK</script>",
)  # fmt: skip
MARK = "__ran=1"
PAYLOADS = tuple(
    [context.format(vector).replace("MARK", MARK) for context, vector in product(CONTEXTS, VECTORS)]
    + [one.replace("MARK", MARK) for one in BARE]
)

WHOLE_NAMES = tuple(one for one in PAYLOADS if "/" not in one and "\\" not in one)
"""Those that stay as they are as the name of a file, of which what follows a slash is left."""


def packed(longest: int, payloads: Iterable[str] = PAYLOADS) -> list[str]:
    """Return texts that hold all payloads, as many in each as fit into what a field takes."""
    packs = [""]
    for one in (payload for payload in payloads if len(payload) <= longest):
        if len(packs[-1]) + len(one) + 1 > longest:
            packs.append("")
        packs[-1] = f"{packs[-1]} {one}".strip()
    return packs
