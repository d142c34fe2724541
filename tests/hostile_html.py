"""What strangers write to break a page, and what a page must hold to whatever they wrote."""

from html.parser import HTMLParser

HOSTILE = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)>',
    "' onmouseover='alert(1)",
    "[x](javascript:alert(1)) ![](javascript:alert(1))",
    "```unclosed **bold <!-- comment",
    "</div></section></body></html>",
    "\u202eevil\u2066 \x00\x1b[31m\ud800",
    "x" * 1_000_000,
)


class Page(HTMLParser):
    """Every element and attribute of a page, and whether they are closed as they were opened."""

    def __init__(self, text):
        super().__init__()
        self.open, self.names, self.attributes, self.scripts = [], set(), [], []
        self.feed(text)
        self.close()
        assert not self.open

    def handle_starttag(self, tag, attrs):
        self.names.add(tag)
        self.attributes += attrs
        if tag == "script":
            self.scripts.append(dict(attrs))
        if tag not in ("meta", "link", "br", "input", "hr"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag
