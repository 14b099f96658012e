import Foundation
import Synchronization
import TestSupport
import Testing

/// Runs the scripts beside this file through the real program, `khatm`, as a person would in a shell.
///
/// A script is read from top to bottom:
/// * a line that begins with `$ ` is a command for the shell; `[1] $ ` expects that exit code, else 0;
/// * the lines below it are what it prints, standard error after standard output and marked `! `;
/// * `…` stands for anything within a line, a line of `...` for any number of lines;
/// * two spaces or more are as good as two: a table's columns are as wide as they must be;
/// * `{NAME}` is what stands there the first time it is met, and the same from then on, also in commands;
/// * everything else is for the reader.
///
/// Each script has a home of its own, a copy of the one that `world.txt` makes.
@Suite struct ScriptTests {
  static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Scripts")

  static var scripts: [String] {
    // no scripts: the count below fails
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    return names.filter { $0.hasSuffix(".txt") && $0 != "world.txt" }.sorted()
  }

  @Test func thereIsAScriptForEachPoint() { #expect(Self.scripts.count >= 10) }

  @Test func aFolderIsNoProgram() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "khatm-checkout-\(UUID().uuidString)/khatm")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder.deletingLastPathComponent()) }  // a temporary folder
    #expect(!Program.isProgram(folder.path) && !Program.isProgram(folder.path + "/khatm"))
    #expect(Program.isProgram("/bin/sh"))
  }

  @Test(arguments: ScriptTests.scripts) func script(_ name: String) throws {
    guard let program = Program.path else {
      return print("skipped: \(name) (the program khatm is not built; set KHATM_BIN)")
    }
    let work = try ScriptHome.copy(program)
    defer { try? FileManager.default.removeItem(at: work) }
    var script = try Script(Self.folder.appending(path: name), in: work, program: program)
    try script.run()
  }
}

/// The built program: named by `KHATM_BIN`, else beside the tests.
enum Program {
  static var path: String? {
    if let given = ProcessInfo.processInfo.environment["KHATM_BIN"] { return given }
    var candidates = [VectorSet.projectRoot.appending(path: ".build/debug/khatm").path]
    var folder = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
    for _ in 0..<6 {
      candidates.insert(folder.appending(path: "khatm").path, at: 0)
      folder.deleteLastPathComponent()
    }
    return candidates.first(where: isProgram)
  }

  /// Executable is a folder too, and a checkout may be called as the program is.
  static func isProgram(_ path: String) -> Bool {
    var isFolder: ObjCBool = true
    return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && !isFolder.boolValue
      && FileManager.default.isExecutableFile(atPath: path)
  }
}

/// The home every script begins with, made once.
enum ScriptHome {
  private static let made = Mutex<URL?>(nil)

  static func copy(_ program: String) throws -> URL {
    let source = try made.withLock { known in
      if let known { return known }
      let folder = fresh()
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      var script = try Script(ScriptTests.folder.appending(path: "world.txt"), in: folder, program: program)
      try script.run()
      known = folder
      return folder
    }
    let copy = fresh()
    try FileManager.default.copyItem(at: source, to: copy)
    return copy
  }

  private static func fresh() -> URL {
    FileManager.default.temporaryDirectory.appending(path: "khatm-script-\(UUID().uuidString)")
  }
}

/// A transcript: commands, and what they must print.
struct Script {
  /// One command of it.
  struct Step {
    let line: Int, command: String, exit: Int32
    var expected: [String] = []
  }
  private let name: String, work: URL, program: String
  private var steps: [Step] = [], names: [String: String] = [:]

  init(_ file: URL, in work: URL, program: String) throws {
    name = file.lastPathComponent
    self.work = work
    self.program = program
    for (index, line) in try String(contentsOf: file, encoding: .utf8).split(
      separator: "\n",
      omittingEmptySubsequences: false
    ).map(String.init).enumerated() {
      if let (exit, command) = Self.command(line) {
        steps.append(Step(line: index + 1, command: command, exit: exit))
      } else if line.hasPrefix("#") || line.isEmpty {
        continue
      } else if !steps.isEmpty {
        steps[steps.count - 1].expected.append(Self.squeezed(line))
      }
    }
  }

  private static func command(_ line: String) -> (Int32, String)? {
    if line.hasPrefix("$ ") { return (0, String(line.dropFirst(2))) }
    guard line.hasPrefix("["), let end = line.range(of: "] $ "),
      let exit = Int32(line[line.index(after: line.startIndex)..<end.lowerBound])
    else { return nil }
    return (exit, String(line[end.upperBound...]))
  }

  mutating func run() throws {
    for step in steps {
      var command = step.command
      for (name, value) in names { command = command.replacingOccurrences(of: "{\(name)}", with: value) }
      let (exit, output) = try shell(command)
      let told = "\(name):\(step.line): \(command)\nexit \(exit)\n\(output.joined(separator: "\n"))"
      #expect(exit == step.exit, "\(told)")
      let fits = step.expected.isEmpty || match(step.expected[...], output[...])
      #expect(fits, "not as written:\n\(step.expected.joined(separator: "\n"))\n--- but:\n\(told)")
      guard exit == step.exit, fits else { return }  // what follows would only repeat it
    }
  }

  private func shell(_ command: String) throws -> (Int32, [String]) {
    let process = Process()
    let out = Pipe()
    let err = Pipe()
    process.executableURL = URL(filePath: "/bin/bash")
    process.arguments = ["-c", command]
    process.currentDirectoryURL = work
    let certs = VectorSet.projectRoot.appending(path: "certs").path
    process.environment = [
      "PATH": "\(URL(filePath: program).deletingLastPathComponent().path):/usr/bin:/bin", "HOME": work.path,
      "LC_ALL": "C.UTF-8", "KHATM_HOME": work.path + "/home",
      "KHATM_PASSPHRASE": "a passphrase of the scripts", "KHATM_OFFICER_PASSPHRASE": "an officer's own", "CERTS": certs,
      "COLUMNS": "200",
    ].merging(sanitizerOptions) { first, _ in first }
    process.standardOutput = out
    process.standardError = err
    process.standardInput = FileHandle.nullDevice
    try process.run()
    // The program writes little to standard error; standard output is read while it runs.
    let printed = out.fileHandleForReading.readDataToEndOfFile()
    let complained = err.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    func lines(_ data: Data) -> [String] {
      data.split(separator: 0x0A).map { Self.squeezed(String(decoding: $0, as: UTF8.self)) }.filter { !$0.isEmpty }
    }
    return (process.terminationStatus, lines(printed) + lines(complained).map { "! \($0)" })
  }

  private static func squeezed(_ line: String) -> String {
    line.trimmingCharacters(in: CharacterSet(charactersIn: "\r ")).replacingOccurrences(
      of: " {2,}",
      with: "  ",
      options: .regularExpression
    )
  }

  /// Lines against patterns; names met on a way that leads nowhere are forgotten.
  private mutating func match(_ patterns: ArraySlice<String>, _ lines: ArraySlice<String>) -> Bool {
    guard let pattern = patterns.first else { return lines.isEmpty }
    if pattern == "..." {
      for start in lines.startIndex...lines.endIndex {
        let before = names
        if match(patterns.dropFirst(), lines[start...]) { return true }
        names = before
      }
      return false
    }
    guard let line = lines.first, matchLine(pattern, line) else { return false }
    return match(patterns.dropFirst(), lines.dropFirst())
  }

  private mutating func matchLine(_ pattern: String, _ line: String) -> Bool {
    var expression = "^"
    var found: [String] = []
    var rest = pattern[...]
    func literal(_ text: Substring) -> String { NSRegularExpression.escapedPattern(for: String(text)) }
    while let open = rest.firstIndex(where: { $0 == "…" || $0 == "{" }) {
      expression += literal(rest[..<open])
      let after = rest.index(after: open)
      if rest[open] == "…" {
        expression += ".*"
        rest = rest[after...]
        continue
      }
      guard let close = rest[open...].firstIndex(of: "}"), after < close,
        rest[after..<close].allSatisfy({ $0.isUppercase || $0.isNumber })
      else {
        expression += "\\{"
        rest = rest[after...]
        continue
      }
      let name = String(rest[after..<close])
      if let value = names[name] {
        expression += literal(value[...])
      } else if let place = found.firstIndex(of: name) {
        expression += "\\\(place + 1)"
      } else {
        found.append(name)
        expression += "([^\\s\",:]+)"
      }
      rest = rest[rest.index(after: close)...]
    }
    expression += literal(rest) + "$"
    guard let regular = try? NSRegularExpression(pattern: expression),
      let match = regular.firstMatch(in: line, range: NSRange(line.startIndex..., in: line))
    else { return false }
    for (index, name) in found.enumerated() {
      if let range = Range(match.range(at: index + 1), in: line) { names[name] = String(line[range]) }
    }
    return true
  }
}
