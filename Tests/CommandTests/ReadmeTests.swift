import Foundation
import TestSupport
import Testing

/// What the README shows is what a newcomer sees: its transcript is run through the real programs, line by line.
@Suite struct ReadmeTests {
  /// Folder of the built programs: beside the test bundle.
  static let programs = URL(
    filePath: ((try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? "")
  ).deletingLastPathComponent().path

  /// A command of the README and what it shows.
  struct Step {
    let command: String
    var expected: [String]
  }

  /// The fenced block below a heading: `$ command` lines, and what each is expected to print.
  static func steps(below heading: String) throws -> [Step] {
    let text = try String(contentsOf: VectorSet.projectRoot.appending(path: "README.md"), encoding: .utf8)
    let lines = text.components(separatedBy: "\n").drop { $0 != heading }
    var steps: [Step] = []
    for line in lines.drop(while: { !$0.hasPrefix("```") }).dropFirst().prefix(while: { !$0.hasPrefix("```") }) {
      if line.hasPrefix("$ ") {
        steps.append(Step(command: String(line.dropFirst(2)), expected: []))
      } else if !steps.isEmpty {
        steps[steps.count - 1].expected.append(line)
      }
    }
    return steps
  }

  static func run(_ command: String, _ environment: [String: String]) throws -> (output: String, code: Int32) {
    let process = Process()
    let pipe = Pipe()
    process.executableURL = URL(filePath: "/bin/bash")
    process.arguments = ["-c", command]
    process.currentDirectoryURL = VectorSet.projectRoot
    process.environment = environment.merging(sanitizerOptions) { given, _ in given }
    process.standardOutput = pipe
    process.standardError = pipe
    try process.run()
    let data = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return (String(decoding: data, as: UTF8.self), process.terminationStatus)
  }

  /// Numbers, days and moments differ from run to run; everything else must not.
  static func normal(_ line: String) -> String {
    var text = line
    for (pattern, name) in [
      (#"\b[0-9A-HJKMNP-TV-Z]{4}(-[0-9A-HJKMNP-TV-Z]{4}){3}-[0-9A-HJKMNP-TV-Z]{2}\b"#, "ID"),
      (#"\b[0-9A-HJKMNP-TV-Z]{18}\b"#, "ID"),
      (#"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"#, "TIME"), (#"\d{4}-\d\d-\d\d"#, "DAY"),
    ] {
      text = text.replacingOccurrences(of: pattern, with: name, options: .regularExpression)
    }
    return text
  }

  @Test(.timeLimit(.minutes(allowedMinutes(3)))) func theTranscriptIsTrue() throws {
    let home = FileManager.default.temporaryDirectory.appending(
      path: "khatm-readme-\(ProcessInfo.processInfo.processIdentifier)"
    ).path
    defer { try? FileManager.default.removeItem(atPath: home) }
    var environment = ["PATH": Self.programs + ":/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8"]
    var id: String?
    let steps = try Self.steps(below: "## A first certificate")
    #expect(steps.count >= 8)
    for step in steps where !step.command.hasPrefix("khatmd") {
      if step.command.hasPrefix("export ") {
        environment["KHATM_HOME"] = home
        environment["KHATM_PASSPHRASE"] = "correct horse battery staple"
        continue
      }
      var command = step.command
      if let id {
        command = command.replacingOccurrences(
          of: #"[0-9A-Z]{4}(-[0-9A-Z]{4}){3}-[0-9A-Z]{2}"#,
          with: id,
          options: .regularExpression
        )
      }
      let (output, code) = try Self.run(command, environment)
      #expect(code == 0, "\(command): \(output)")
      if command.hasPrefix("khatm issue") { id = output.split(separator: " ").first.map(String.init) }
      let printed = output.replacingOccurrences(of: home, with: "/tmp/authority").components(separatedBy: "\n").map(
        Self.normal
      )
      for line in step.expected.map(Self.normal) {
        #expect(printed.contains(line), "\(command) should print \"\(line)\", but printed: \(output)")
      }
    }
  }

  @Test func everyCommandExplainsItself() throws {
    let environment = ["PATH": Self.programs + ":/usr/bin:/bin", "LANG": "C.UTF-8"]
    for command in [
      "init", "chamber add", "member import", "issue", "list", "show", "suspend", "reinstate", "revoke", "badge",
      "publish", "verify", "verify page", "scan", "page-key", "seed",
    ] {
      let (output, code) = try Self.run("khatm \(command) --help", environment)
      #expect(code == 0 && output.contains("USAGE: khatm"), "\(command)")
    }
  }

  @Test func badInputIsNamedAndLeavesNothing() throws {
    let home = FileManager.default.temporaryDirectory.appending(
      path: "khatm-bad-\(ProcessInfo.processInfo.processIdentifier)"
    ).path
    defer { try? FileManager.default.removeItem(atPath: home) }
    let environment = [
      "PATH": Self.programs + ":/usr/bin:/bin", "LANG": "C.UTF-8", "KHATM_HOME": home,
      "KHATM_PASSPHRASE": "correct horse battery staple",
    ]
    // Command, exit code, code of the error in JSON.
    let cases: [(String, Int32, String)] = [
      ("khatm list --json", 2, "not_a_home"), ("khatm init --name X --host 'not a host' --json", 2, "host_invalid"),
      ("khatm init --json", 2, "usage"),
      ("KHATM_PASSPHRASE=short khatm init --name X --host khatm.example --json", 2, "passphrase_short"),
      (
        "khatm init --name X --host khatm.example --json >/dev/null && khatm init --name X --host khatm.example --json",
        2, "home_exists"
      ),
      ("khatm show 7Q2M-4XW9-K3PD-T5HB-PB --json", 2, "check_characters_wrong"),
      ("khatm revoke 7Q2M4XW9K3PDT5HBPA --reason fraud --json", 1, "credential_unknown"),
      ("khatm member import /dev/null --json", 2, "input_unreadable"),
      ("khatm issue --programme nonsense --member a/1 --json", 2, "programme_unknown"),
      ("khatm verify 7Q2M4XW9K3PDT5HBPA --page 'https://good.example\\@evil.example/' --json", 2, "url_ambiguous"),
    ]
    for (command, exit, error) in cases {
      let (output, code) = try Self.run(command, environment)
      #expect(code == exit, "\(command): \(code) \(output)")
      #expect(output.contains("\"error\":\"\(error)\""), "\(command): \(output)")
    }
  }
}
