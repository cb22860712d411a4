"""Diagnostics as programs read them: JSON, SARIF, and the annotations of GitHub."""

import json
import re
from pathlib import Path

import jsonschema
import pytest
from invalid_cases import diagnose, read_cases
from one_finding import FIXABLE, NET, at, error

import archspec
from archspec.cli import app
from archspec.codes import CODES
from archspec.console import run
from archspec.diagnostics import Edit, Fix, Label, Sink
from archspec.report import as_json, github, sarif
from archspec.source import Source


def test_json():
    found = error(
        at(NET, "residual"),
        label="main",
        labels=[Label("skip", at(NET, "shortcut")), Label("", at(NET, "conv1"))],
        notes=["note"],
        help="help",
        fixes=[FIXABLE],
    )
    residual = {"file": "net.yaml", "line": 6, "column": 6, "end_line": 6, "end_column": 14}
    shortcut = {"file": "net.yaml", "line": 6, "column": 25, "end_line": 6, "end_column": 33}
    identity = {"file": "net.yaml", "line": 6, "column": 35, "end_line": 6, "end_column": 43}
    assert json.loads(as_json.render({"net.yaml": found, "other.yaml": []})) == [
        {
            "file": "net.yaml",
            "valid": False,
            "diagnostics": [
                {
                    "code": "E0301",
                    "severity": "error",
                    "message": "wrong",
                    "span": residual,
                    "labels": [{"message": "main", "span": residual}, {"message": "skip", "span": shortcut}],
                    "notes": ["note"],
                    "help": "help",
                    "fixes": [
                        {
                            "title": "write `projection`",
                            "applicability": "safe",
                            "edits": [{"span": identity, "text": "projection"}],
                        }
                    ],
                }
            ],
        },
        {"file": "other.yaml", "valid": True, "diagnostics": []},
    ]


WHOLE = {"type": "integer", "minimum": 1}
SPAN = {"file": {"type": "string"}} | dict.fromkeys(("line", "column", "end_line", "end_column"), WHOLE)


def exactly(properties):
    """An object that has these properties and no other."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def list_of(items):
    return {"type": "array", "items": items}


STRING = {"type": "string"}
JSON_REPORT = list_of(
    exactly(
        {
            "file": STRING,
            "valid": {"type": "boolean"},
            "diagnostics": list_of(
                exactly(
                    {
                        "code": {"enum": list(CODES)},
                        "severity": {"enum": ["error", "warning"]},
                        "message": STRING,
                        "span": exactly(SPAN),
                        "labels": list_of(exactly({"message": STRING, "span": exactly(SPAN)})),
                        "notes": list_of(STRING),
                        "help": STRING,
                        "fixes": list_of(
                            exactly(
                                {
                                    "title": STRING,
                                    "applicability": {"enum": ["safe", "unsafe"]},
                                    "edits": list_of(exactly({"span": exactly(SPAN), "text": STRING})),
                                }
                            )
                        ),
                    }
                )
            ),
        }
    )
)
SARIF = json.loads((Path(__file__).parent / "schemas" / "sarif-2.1.0-rtm.5.json").read_text("utf-8"))


def test_json_and_sarif_of_every_broken_spec_have_the_shape_of_their_schemas():
    findings = {case.path.name: diagnose(case) for case in read_cases()}
    report = json.loads(as_json.render(findings))
    jsonschema.validate(report, JSON_REPORT)
    assert sum(len(file["diagnostics"]) for file in report) > 200
    log = json.loads(sarif.render(findings))
    jsonschema.Draft4Validator(SARIF).validate(log)
    (run,) = log["runs"]
    assert len(run["results"]) == sum(len(file["diagnostics"]) for file in report)
    assert {found["ruleId"] for found in run["results"]} == {
        rule["id"] for rule in run["tool"]["driver"]["rules"]
    }
    commands = github.render(findings).splitlines()
    assert len(commands) == len(run["results"])
    assert all(re.match(r"::(error|warning) file=[^,]+,line=\d+,", command) for command in commands)


def test_a_file_with_warnings_is_valid():
    sink = Sink()
    sink.warning("W0401", at(NET, "blocks"), "unused")
    assert json.loads(as_json.render({"net.yaml": sink.diagnostics}))[0]["valid"] is True


def test_sarif():
    found = error(
        at(NET, "residual"),
        label="main",
        labels=[Label("skip", at(NET, "shortcut"))],
        notes=["note"],
        help="mend it",
        fixes=[FIXABLE],
    )
    spaced = Source("my nets/é.yaml", "a: 1\n")
    log = json.loads(sarif.render({"net.yaml": found, "é.yaml": error(at(spaced, "a"))}))
    assert log["version"] == "2.1.0"
    (run,) = log["runs"]
    driver = run["tool"]["driver"]
    assert (driver["name"], driver["semanticVersion"]) == ("archspec", archspec.__version__)
    (rule,) = driver["rules"]
    assert rule["id"] == "E0301"
    assert rule["help"] == {"text": CODES["E0301"].text, "markdown": CODES["E0301"].markdown}
    first, second = run["results"]
    assert first["ruleId"] == run["tool"]["driver"]["rules"][first["ruleIndex"]]["id"] == "E0301"
    assert first["level"] == "error"
    assert first["message"]["text"] == "wrong\nnote\nhelp: mend it"
    region = {"startLine": 6, "startColumn": 6, "endLine": 6, "endColumn": 14}
    assert first["locations"] == [
        {"physicalLocation": {"artifactLocation": {"uri": "net.yaml"}, "region": region}}
    ]
    assert [place["message"]["text"] for place in first["relatedLocations"]] == ["main", "skip"]
    (change,) = first["fixes"][0]["artifactChanges"]
    assert change["replacements"][0]["insertedContent"] == {"text": "projection"}
    (place,) = second["locations"]
    assert place["physicalLocation"]["artifactLocation"]["uri"] == "my%20nets/%C3%A9.yaml"


SILENCED = """\
archspec: 1
name: Silenced
input: [3, 32, 32]
params: {spare: 3}
body:
  - {conv: 8, kernel: 3, note: "allow W0404: as published"}
  - norm
  - {conv: 8, kernel: 3, note: [allow W0404]}
  - norm
  - {conv: 8, kernel: 3}
  - norm
"""


def test_sarif_has_the_warnings_that_are_silenced_as_suppressed_results(tmp_path, monkeypatch, capsys):
    """What a service showed before, and is silenced since, is closed there, and not gone without a word."""
    monkeypatch.chdir(tmp_path)
    Path("net.yaml").write_text(SILENCED)
    assert run(app, ["validate", "--format", "sarif", "--allow", "W0401", "net.yaml"]) == 0
    log = json.loads(capsys.readouterr().out)
    jsonschema.Draft4Validator(SARIF).validate(log)
    results = log["runs"][0]["results"]
    lines = [found["locations"][0]["physicalLocation"]["region"]["startLine"] for found in results]
    assert list(zip(lines, (found["ruleId"] for found in results), strict=True)) == [
        (10, "W0404"),
        (6, "W0404"),
        (8, "W0404"),
        (4, "W0401"),
    ]
    reported, published, bare, left_out = (found["suppressions"] for found in results)
    assert reported == []
    assert (published[0]["kind"], published[0]["justification"]) == ("inSource", "as published")
    assert published[0]["location"]["physicalLocation"]["region"]["startColumn"] == 39
    assert "justification" not in bare[0]
    assert left_out == [{"kind": "external", "justification": "left out by `--allow`"}]


def test_other_formats_leave_out_what_is_silenced(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Path("net.yaml").write_text(SILENCED)
    for format in ("json", "github"):
        assert run(app, ["validate", "--format", format, "--allow", "W0401", "net.yaml"]) == 0
        report = capsys.readouterr().out
        assert report.count("W0404") == 1
        assert "W0401" not in report


def test_sarif_counts_utf_16_code_units():
    """An editor jumps to the place: a character beyond the basic plane is two units, an accent is one more."""
    source = Source("net.yaml", "a: 1\n😀e\u0301: {x: 2}\n")
    found = error(at(source, "x"), fixes=[Fix("write `y`", (Edit(at(source, "x"), "y"),))])
    log = json.loads(sarif.render({"net.yaml": found}))
    assert log["runs"][0]["columnKind"] == "utf16CodeUnits"
    result = log["runs"][0]["results"][0]
    region = {"startLine": 2, "startColumn": 8, "endLine": 2, "endColumn": 9}
    assert result["locations"][0]["physicalLocation"]["region"] == region
    assert result["fixes"][0]["artifactChanges"][0]["replacements"][0]["deletedRegion"] == region
    line = source.line(2).encode("utf-16-le")
    assert line[2 * 7 : 2 * 8].decode("utf-16-le") == "x"


@pytest.mark.parametrize(
    ("name", "uri"),
    [
        ("nets/net.yaml", "nets/net.yaml"),
        ("/home/me/my net.yaml", "file:///home/me/my%20net.yaml"),
        ("a:b.yaml", "a%3Ab.yaml"),
        ("<stdin>", "%3Cstdin%3E"),
        ("50%.yaml", "50%25.yaml"),
        ("\udcff.yaml", "%FF.yaml"),
    ],
)
def test_sarif_names_files_by_uris(name, uri):
    source = Source(name, "a: 1\n")
    log = json.loads(sarif.render({name: error(at(source, "a"))}))
    (place,) = log["runs"][0]["results"][0]["locations"]
    assert place["physicalLocation"]["artifactLocation"]["uri"] == uri


def test_a_finding_in_a_file_that_two_specs_import_is_reported_once():
    library = [error(at(Source("lib.yaml", "a: 1\n"), "a")) for _ in range(2)]
    files = {"one.yaml": library[0], "two.yaml": library[1]}
    assert len(json.loads(sarif.render(files))["runs"][0]["results"]) == 1
    assert github.render(files).count("\n") == 1
    assert [len(file["diagnostics"]) for file in json.loads(as_json.render(files))] == [1, 1]


def test_github():
    details = {"label": "main", "notes": ["a\nb"], "help": "mend it", "fixes": [FIXABLE]}
    found = error(at(NET, "residual"), "100 %\nwrong", **details)
    assert github.render({"net.yaml": found}) == (
        "::error file=net.yaml,line=6,endLine=6,col=6,endColumn=14,title=E0301::"
        "100 %25%0Awrong%0Amain%0Anote: a%0Ab%0Ahelp: mend it%0Afix: write `projection`\n"
    )


def test_github_commands_cannot_be_forged():
    source = Source("a,b:c%\n::error::.yaml", "a: 1\n")
    command = github.command(error(at(source, "a"), "x\n::error::y\r\n")[0])
    assert "\n" not in command
    assert "\r" not in command
    properties, message = command.removeprefix("::error ").split("::", 1)
    assert properties.startswith("file=a%2Cb%3Ac%25\\n%3A%3Aerror%3A%3A.yaml,line=1,")
    assert message == "x%0A::error::y\\r%0A"
