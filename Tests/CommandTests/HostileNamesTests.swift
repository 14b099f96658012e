import Foundation
import TestSupport
import Testing

/// Names of files, and words in them, that try to reach the terminal or the argument parser.
@Suite struct HostileNamesTests {
  private func run(_ program: String, _ arguments: [String], in folder: URL) throws -> (
    code: Int32, out: [UInt8], err: [UInt8]
  ) {
    let process = Process()
    let out = Pipe()
    let err = Pipe()
    process.executableURL = URL(filePath: program)
    process.arguments = arguments
    process.currentDirectoryURL = folder
    process.environment = [
      "PATH": "/usr/bin:/bin", "HOME": folder.path, "SWIFT_BACKTRACE": "enable=no", "CLICOLOR_FORCE": "0",
    ].merging(sanitizerOptions) { first, _ in first }
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = out
    process.standardError = err
    try process.run()
    let first = Array(out.fileHandleForReading.readDataToEndOfFile())
    let second = Array(err.fileHandleForReading.readDataToEndOfFile())
    process.waitUntilExit()
    return (process.terminationStatus, first, second)
  }

  /// Nothing that a terminal obeys: no control but the line end, no bidi control.
  private func isPlain(_ bytes: [UInt8]) -> Bool {
    let text = String(decoding: bytes, as: UTF8.self)
    return text.unicodeScalars.allSatisfy {
      $0.value == 0x0A
        || ($0.value >= 0x20 && !(0x7F...0x9F).contains($0.value) && !(0x202A...0x202E).contains($0.value))
    }
  }

  @Test("A93, A94 file names and pages with escape sequences are shown, not obeyed") func names() throws {
    guard let program = Program.path else { return print("skipped: the program khatm is not built; set KHATM_BIN") }
    let folder = FileManager.default.temporaryDirectory.appending(path: "khatm-names-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }  // a leftover of a test is no failure
    let html = Array(
      """
      <a href=\"https://khatm.example/c/7Q2M4XW9K3PDT5HBPA\">\u{1B}]0;owned\u{7}\u{202E}x</a><a \
      href=\"https://khatrn.example/c/\u{1B}[31m\">y</a>
      """
      .utf8
    )
    for name in ["-rf.html", "--help", "a\nb.html", "\u{1B}[2J.html", "\u{202E}lmth.html", "ordinary.html"] {
      try Data(html).write(to: folder.appending(path: name))
      let found = try run(
        program,
        ["scan", "--as", "https://shop.example/", "--host", "khatm.example", "--", name],
        in: folder
      )
      #expect(
        found.code == 0 && isPlain(found.out) && isPlain(found.err),
        "\(name.debugDescription): \(found.code) \(String(decoding: found.err, as: UTF8.self).debugDescription)"
      )
      #expect(String(decoding: found.out, as: UTF8.self).contains("7Q2M4XW9K3PDT5HBPA"), "\(name.debugDescription)")
      // The same name without a file: the refusal repeats it.
      let missing = try run(program, ["scan", "--as", "https://shop.example/", "--", "no\(name)"], in: folder)
      #expect(
        missing.code == 2 && missing.out.isEmpty && isPlain(missing.err),
        "\(name.debugDescription): \(String(decoding: missing.err, as: UTF8.self).debugDescription)"
      )
    }
    for address in ["https://\u{1B}[31m.example/", "https://shop.example/\u{202E}", "\u{7}"] {
      let refused = try run(program, ["page-key", "--", address], in: folder)
      #expect(isPlain(refused.out) && isPlain(refused.err), "\(address.debugDescription)")
    }
  }
}
