import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))
import check_layers  # noqa: E402

TABLE = """| level | folder | what |
|---|---|---|
| 0 pure | `base` | values |
| 1 pure | `sql` | statements |
| 4 | `net` | sockets |
| 6 | `proxy` | sessions |
| 7 | `client` | the library |
| 7 | `admin` | HTTP |
"""


class LayersTest(unittest.TestCase):
    def check(self, files):
        """What is reported for these files beside the table."""
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            for name, text in {"src/README.md": TABLE, **files}.items():
                (root / name).parent.mkdir(parents=True, exist_ok=True)
                (root / name).write_text(text)
            return check_layers.Checker(root).run()

    def assert_reported(self, place, files):
        errors = self.check(files)
        self.assertEqual(len(errors), 1, errors)
        self.assertTrue(errors[0].startswith(place + ":"), errors)

    def test_lower_levels_and_the_own_folder_are_fine(self):
        self.assertEqual([], self.check({
            "src/proxy/a.cpp": '#include "proxy/a.h"\n#include "net/loop.h"\n#include <thread>\n',
            "src/client/b.h": '#include "understudy/value.h"\n#include "proxy/a.h"\n',
            "include/understudy/value.h": '#include "understudy/error.h"\n'}))

    def test_a_higher_level(self):
        self.assert_reported("src/sql/a.cpp:2", {"src/sql/a.cpp": '\n#include "net/loop.h"\n'})

    def test_the_same_level(self):
        self.assert_reported("src/admin/a.h:1", {"src/admin/a.h": '#include "client/call.h"\n'})

    def test_the_public_headers_are_on_the_level_of_the_library(self):
        self.assert_reported("src/proxy/a.h:1",
                             {"src/proxy/a.h": '#include "understudy/cluster.h"\n'})

    def test_a_folder_that_the_table_does_not_have(self):
        self.assert_reported("src/extra/a.h:1", {"src/extra/a.h": ""})

    def test_an_include_without_its_folder(self):
        self.assert_reported("src/sql/a.cpp:1", {"src/sql/a.cpp": '#include "lexer.h"\n'})
        self.assertEqual([], self.check({"src/net/a_test.cpp": '#include "loop_driver.h"\n'}))

    def test_asio_outside_its_folders(self):
        text = "#include <boost/asio/post.hpp>\n"
        self.assert_reported("src/proxy/a.cpp:1", {"src/proxy/a.cpp": text})
        self.assertEqual([], self.check({"src/net/a.cpp": text, "src/admin/a.cpp": text}))

    def test_asio_through_a_header(self):
        self.assert_reported("src/proxy/a.cpp:1", {
            "src/net/core.h": "#include <boost/asio/io_context.hpp>\n",
            "src/net/core.cpp": '#include "net/core.h"\n',
            "src/proxy/a.cpp": '#include "net/core.h"\n'})

    def test_impure_headers_in_a_pure_folder(self):
        for header in "thread", "sys/socket.h", "fstream", "random", "spdlog/spdlog.h":
            self.assert_reported("src/sql/a.h:1", {"src/sql/a.h": f"#include <{header}>\n"})
        self.assertEqual([], self.check({"src/sql/a_test.cpp": "#include <fstream>\n",
                                         "src/sql/a.h": "#include <chrono>\n",
                                         "src/base/assert.h": "#include <cstdio>\n"}))

    def test_a_clock_in_a_pure_folder(self):
        self.assert_reported("src/base/a.cpp:2", {
            "src/base/a.cpp": "// not steady_clock\nauto t = std::chrono::steady_clock::now();\n"})

    def test_public_headers_and_examples_see_nothing_of_src(self):
        for name in "include/understudy/a.h", "examples/shop/main.cpp":
            self.assert_reported(f"{name}:1", {name: '#include "base/result.h"\n'})


if __name__ == "__main__":
    unittest.main()
