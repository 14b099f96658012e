import Encodings
import Foundation
import Messages
import Support

/// Where results and everything else go: results to standard output, all else to standard error, colour only on a
/// terminal.
enum Console {
  /// Writes to a descriptor; a reader that went away ends the program quietly (EPIPE), as a filter's does.
  static func write(_ bytes: [UInt8], to descriptor: Int32) throws(FileFailure) {
    do throws(FileFailure) {
      try StandardIO.write(bytes, to: descriptor)
    } catch {
      if error.isBrokenPipe { exit(0) }
      throw error
    }
  }
  static func write(_ text: String, to descriptor: Int32) {
    let bytes = Array(text.utf8)
    // a note that cannot be written has nobody to be told of it
    if descriptor == 1 { result(bytes) } else { try? write(bytes, to: descriptor) }
  }

  /// A result that is lost is a failure: whoever wrote it into a file of a full disk must not read success.
  static func result(_ bytes: [UInt8]) {
    do throws(FileFailure) {
      try write(bytes, to: 1)
    } catch {
      Main.report(
        CommandFailure(exit: 5, "file_system", "standard output: \(error.why)"),
        json: CommandLine.arguments.contains("--json")
      )
    }
  }

  static func line(_ text: String = "") { write(text + "\n", to: 1) }
  static func note(_ text: String) { write(text + "\n", to: 2) }
  static func json(_ value: JSON) { write(String(decoding: value.canonical(), as: UTF8.self) + "\n", to: 1) }

  /// Outside text for a terminal: control and bidi characters are shown, not obeyed.
  static func shown(_ text: String) -> String { PlainText.visible(text) }

  static func colours(_ descriptor: Int32) -> Bool {
    let environment = ProcessInfo.processInfo.environment
    if let off = environment["NO_COLOR"], !off.isEmpty { return false }
    if let on = environment["CLICOLOR_FORCE"], !on.isEmpty, on != "0" { return true }
    return environment["TERM"] != "dumb" && isatty(descriptor) == 1
  }

  /// Colours of terminals (ECMA-48), where one is written to.
  enum Colour: String {
    case green = "32"
    case red = "31"
    case yellow = "33"
    case dim = "2"
    case bold = "1"
  }

  static func coloured(_ text: String, _ colour: Colour, descriptor: Int32 = 1) -> String {
    colours(descriptor) ? "\u{1B}[\(colour.rawValue)m\(text)\u{1B}[0m" : text
  }

  /// A table whose columns are as wide as their widest cell; Arabic and Chinese count by grapheme, which is close
  /// enough to read.
  static func table(_ headings: [String], _ rows: [[String]]) {
    var widths = headings.map(\.count)
    let cells = rows.map { $0.map(shown) }
    for row in cells {
      for (column, cell) in row.enumerated() where column < widths.count {
        widths[column] = max(widths[column], cell.count)
      }
    }
    func padded(_ row: [String]) -> String {
      row.enumerated().map {
        $0.offset == row.count - 1
          ? $0.element : $0.element + String(repeating: " ", count: max(0, widths[$0.offset] - $0.element.count))
      }
      .joined(separator: "  ")
    }
    line(coloured(padded(headings), .bold))
    for row in cells { line(padded(row)) }
  }
}

/// Progress on standard error: a bar on a terminal, a line every thousand elsewhere, nothing with `--json` or
/// `--quiet`.
final class ProgressLine {
  private let label: String, total: Int, enabled: Bool, terminal: Bool
  private let begun = ContinuousClock.now
  private var drawn = ContinuousClock.now, said = 0

  init(_ label: String, total: Int, enabled: Bool) {
    self.label = label
    self.total = total
    self.enabled = enabled
    terminal = isatty(2) == 1
    if enabled && total > 1 { Self.explainInterruption() }
  }

  /// Ctrl-C in a long run: nothing needs to be put back, since every commit is whole; but whoever pressed it should
  /// know how to go on.
  private static func explainInterruption() {
    var before = sigaction()
    // ignored, as in a background job: it stays so
    guard sigaction(SIGINT, nil, &before) == 0, before.__sigaction_handler.sa_handler == nil else { return }
    signal(SIGINT) { _ in
      let text: StaticString = "\nkhatm: interrupted; run the same command again, and it goes on where it stopped\n"
      _ = write(2, text.utf8Start, text.utf8CodeUnitCount)
      _exit(130)
    }
  }

  func update(_ done: Int) {
    guard enabled, total > 0 else { return }
    let now = ContinuousClock.now
    let seconds = max(
      0.001,
      Double((now - begun).components.seconds) + Double((now - begun).components.attoseconds) / 1e18
    )
    let rate = Double(done) / seconds
    let left = rate > 0 ? Int(Double(total - done) / rate) : 0
    if terminal {
      guard done == total || now - drawn > .milliseconds(100) else { return }
      drawn = now
      Console.write(
        "\r\(label): \(done) of \(total), \(Int(rate))/s, \(left) s left\u{1B}[K" + (done == total ? "\n" : ""),
        to: 2
      )
    } else if done / 1_000 > said || done == total {
      said = done / 1_000
      Console.note("\(label): \(done) of \(total), \(Int(rate))/s, \(left) s left")
    }
  }
}
