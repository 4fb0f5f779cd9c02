"""Sanitizers keep freed memory and take their time: some limits do not hold with them."""

import pathlib


def is_sanitized(binary):
    code = pathlib.Path(binary).read_bytes()
    return b"__asan_init" in code or b"__tsan_init" in code
