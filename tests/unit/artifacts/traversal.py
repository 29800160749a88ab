"""Spellings of "somewhere else", as attackers and careless clients have sent them. All are refused as the path of a file."""

from __future__ import annotations

TRAVERSALS = (
    # Plain.
    "..", "../", "../x", "../../etc/passwd", "a/..", "a/../b", "a/../../b", "a/b/../../../c", "./..", "a/./../b",
    ".", "./", "./a", "a/.", "a/./b", "...", "a/.../b", "....//", "....//....//etc/passwd", "..;/",
    # Absolute.
    "/", "/etc/passwd", "//etc/passwd", "///x", "/../x", "file:///etc/passwd", "a//b", "a/",
    # Windows.
    "C:", "C:/x", "c:x", "C:\\Windows\\win.ini", "\\", "\\\\server\\share", "..\\x", "a\\..\\b", "a/..\\b", "..\\/x",
    ".. ", " ..", ". .", ".. /x", "a/.. /b", "..  ./x", " ", "a/ /b",
    # Percent-encoded, once more than the server decodes, and deeper.
    "%2e%2e", "%2e%2e/x", "%2e%2e%2fx", "..%2fx", "..%2f..%2fx", "..%5cx", "%2e%2e%5cx", "a/%2e%2e/b", "%2fetc/passwd",
    "%5c%5cserver", "%43%3a%5cx", "C%3Ax", "%252e%252e/x", "%252e%252e%252fx", "..%252fx", "%25252e%25252e%25252fx",
    "%2525252e%2525252e/x", "%2e", "a/%2e/b", "%2E%2E%2Fx", ".%2e/x", "%2e./x", "%2e%2e%00/x\x00",
    # Control characters and the mark that cuts an address off.
    "a\x00", "\x00", "..\x00/x", "a\nb", "a\r\nSet-Cookie: x=1", "a\tb", "a\x7fb", "a\x1b[2Jb", "a\x85b", "a\u2028b", "a\u2029b",
    "a#b", "#", "a/#/b", "../x#",
    # Look like dots or separators, or become them under NFKC.
    "\uff0e\uff0e/x", "\uff0e\uff0e\uff0fx", "..\uff0fx", "\u2025/x", "\u2024\u2024/x", "a/\u2025/b", "a\uff0fb", "a\uff3cb",
    "a\ufe68b", "a\u2044b", "a\u2215b", "a\u29f8b", "a\u2216b", "a\u29f5b", "a\u2100b", "\uff23\uff1a\uff3cx",
    ".\u200b./x", "..\u200d/x", "\u202e../x", ".\ufeff.", "\u200b", "a/\u2060/b", "%ef%bc%8e%ef%bc%8e/x", "..%ef%bc%8fx", "\u00a0..",
    # No text at all.
    "", "a\ufffdb", "a\ud800b",
)  # fmt: skip
