import pathlib
import re
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))
import check_style  # noqa: E402


def check(name, text):
    """(line, what is wrong) of a file of that name."""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / name
        path.parent.mkdir(parents=True)
        path.write_text(text)
        return [error.split(":", 2)[1:] for error in check_style.check(pathlib.Path(folder))]


def functions(text):
    return list(check_style.cpp_functions(text))


class FileTest(unittest.TestCase):
    def test_a_file_as_it_should_be(self):
        self.assertEqual([], check("src/a/a.h", "#pragma once\nint a();\n"))

    def test_columns_are_characters_not_bytes(self):
        self.assertEqual([], check("src/a/a.cpp", "// " + "é" * 97 + "\n"))
        [(line, text)] = check("src/a/a.cpp", "\n// " + "e" * 98 + "\n")
        self.assertEqual(("2", " 101 columns, at most 100"), (line, text))

    def test_headers(self):
        self.assertEqual([["1", " no #pragma once"]], check("src/a/a.h", "int a();\n"))
        self.assertEqual([["2", " using namespace in a header"]],
                         check("src/a/a.h", "#pragma once\n  using namespace std;\n"))
        self.assertEqual([], check("src/a/a.cpp", "using namespace std::literals;\n"))

    def test_reminders(self):
        for word in "TO" "DO", "FIX" "ME", "X" "XX":
            self.assertEqual("1", check("tests/a.py", f"# {word}: more\n")[0][0])
        self.assertEqual([], check("tests/a.cpp", '// mkdtemp("/tmp/XXXXXX")\n'))

    def test_long_files(self):
        self.assertEqual([], check("src/a/a.cpp", "int a;\n" * 400))
        self.assertEqual([["1", " 401 lines, at most 400"]],
                         check("src/a/a.cpp", "int a;\n" * 401))

    def test_long_functions(self):
        for name, text in {"src/a/a.cpp": "\nvoid f() {\n" + "  g();\n" * 69 + "}\n",
                           "tools/a.py": "\ndef f():\n" + "    g()\n" * 70}.items():
            self.assertEqual([["2", " f has 71 lines, at most 70"]], check(name, text))
            self.assertEqual([], check(name, re.sub(r" +g\(\);?\n", "", text, count=1)))


class CppFunctionsTest(unittest.TestCase):
    def test_in_namespaces_and_classes(self):
        self.assertEqual([("f", 3, 2), ("A::g", 7, 1)], functions(
            "namespace a {\nclass A : B<int> {\n  int f() const {\n  }\n};\n\n"
            "int A::g(int x) { return x; }\n}\n"))

    def test_the_signature_counts(self):
        self.assertEqual([("long_name", 1, 4)],
                         functions("int long_name(int a,\n    int b) {\n  return a;\n}\n"))

    def test_a_lambda_belongs_to_its_function(self):
        self.assertEqual([("f", 1, 4)],
                         functions("void f() {\n  g([] {\n  });\n}\nint table[] = {1, 2};\n"))

    def test_constructors_with_initialisers(self):
        self.assertEqual([("A::A", 1, 3)], functions("A::A(int x)\n    : x_(x),\n      y_(x) {}\n"))

    def test_braces_that_are_not_code(self):
        self.assertEqual([("f", 2, 3)], functions(
            '#define M {\nvoid f() {\n  g("}", \'}\', R"(})", 1\'000);  // }\n}\n'))

    def test_tests_have_both_names(self):
        self.assertEqual([("TEST(Some, Name)", 1, 1)], functions("TEST(Some, Name) {}\n"))


if __name__ == "__main__":
    unittest.main()
