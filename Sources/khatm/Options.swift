import ArgumentParser
import Encodings
import Foundation
import Issuance
import Support

/// What every command takes.
struct GlobalOptions: ParsableArguments {
  @Option(
    name: .long,
    help: ArgumentHelp("The authority's folder (or KHATM_HOME).", valueName: "folder"),
    completion: .directory
  )
  var home: String?
  @Option(
    name: .long,
    help: ArgumentHelp(
      "File whose first line is the passphrase of the keys (or KHATM_PASSPHRASE, or a prompt).",
      valueName: "file"
    ),
    completion: .file()
  )
  var passphraseFile: String?
  @Option(name: .long, help: ArgumentHelp("Who acts (or KHATM_OFFICER).", valueName: "name"))
  var officer: String?
  @Option(
    name: .long,
    help: ArgumentHelp(
      "Folder of the officer's own key (or KHATM_OFFICER_FOLDER; officers/ of the home).",
      valueName: "folder"
    ),
    completion: .directory
  )
  var officerFolder: String?
  @Option(
    name: .long,
    help: ArgumentHelp(
      "File with the passphrase of the officer's own key (or KHATM_OFFICER_PASSPHRASE).",
      valueName: "file"
    ),
    completion: .file()
  )
  var officerPassphraseFile: String?
  @Flag(name: .long, help: "Answer in JSON, one value on standard output; errors too, on standard error.")
  var json = false
  @Flag(name: .long, help: "No progress and no remarks.")
  var quiet = false
  @Option(name: .long, help: ArgumentHelp("How long to wait for another khatm that is writing.", valueName: "seconds"))
  var wait: Double = 10

  private var environment: [String: String] { ProcessInfo.processInfo.environment }

  var talks: Bool { !json && !quiet }

  var homeIfGiven: Home? { (home ?? environment["KHATM_HOME"]).flatMap { $0.isEmpty ? nil : Home(path: absolute($0)) } }

  func requireHome() throws -> Home {
    guard let home = homeIfGiven else {
      throw CommandFailure(
        exit: 2,
        "home_missing",
        "no home folder was given",
        hint: "use --home FOLDER or set KHATM_HOME"
      )
    }
    return home
  }

  var now: Instant { Instant(seconds: Int64(Date().timeIntervalSince1970.rounded(.down))) }

  /// Takes the lock and opens the register, ready to sign.
  /// - Parameter named: another officer than the one the command names; for the sample world.
  func session(as named: String? = nil, reconciling: Bool = false) throws -> AuthoritySession {
    let home = try requireHome()
    let name = named ?? officerName
    var options = SessionOptions(wait: wait, credentials: officerCredentials(home, name))
    options.isReconciling = reconciling
    options.clock = { now }
    return try AuthoritySession.open(home, officer: name, at: now, options: options, passphrase: passphrase)
  }

  var officerName: String {
    [officer, environment["KHATM_OFFICER"]].compactMap { $0 }.first { !$0.isEmpty } ?? "registrar"
  }

  /// - Parameter isNew: the key is yet to be made; it never silently takes the passphrase of the authority's keys,
  ///   whose holder would be two officers.
  func officerCredentials(_ home: Home, _ name: String, isNew: Bool = false) -> OfficerCredentials {
    OfficerCredentials(
      folder: (officerFolder ?? environment["KHATM_OFFICER_FOLDER"]).map(absolute) ?? home.officersPath
    ) {
      if let file = officerPassphraseFile { return try Self.firstLine(of: file) }
      if let given = environment["KHATM_OFFICER_PASSPHRASE"], !given.isEmpty { return Array(given.utf8) }
      if isNew { return try Terminal.newPassphrase("Passphrase of \(name): ") }
      return passphraseFile == nil && environment["KHATM_PASSPHRASE"] == nil
        ? try Terminal.passphrase("Passphrase of \(name): ") : try passphrase()
    }
  }

  private static func firstLine(of file: String) throws -> [UInt8] {
    guard let data = FileManager.default.contents(atPath: file) else {
      throw CommandFailure(exit: 2, "passphrase_file", "the passphrase file \(file) cannot be read")
    }
    return Array(data.prefix { $0 != 0x0A && $0 != 0x0D })
  }

  /// For reading only: no lock is kept and no key is asked for.
  func register() throws -> RegistryReader { try RegistryReader.open(try requireHome()) }

  /// For keys that are yet to be made: typed twice, since a typing error would lose them.
  func newPassphrase() throws -> [UInt8] {
    let isTyped = passphraseFile == nil && (environment["KHATM_PASSPHRASE"] ?? "").isEmpty
    return isTyped ? try Terminal.newPassphrase("Passphrase of the keys: ") : try passphrase()
  }

  func passphrase() throws -> [UInt8] {
    if let file = passphraseFile { return try Self.firstLine(of: file) }
    if let given = environment["KHATM_PASSPHRASE"], !given.isEmpty { return Array(given.utf8) }
    return try Terminal.passphrase("Passphrase of the keys: ")
  }
}

func absolute(_ path: String) -> String {
  path.hasPrefix("/") ? path : FileManager.default.currentDirectoryPath + "/" + path
}

/// Asks for secrets where a person sits. Nothing typed is shown or kept.
enum Terminal {
  static func newPassphrase(_ prompt: String) throws -> [UInt8] {
    let first = try passphrase(prompt)
    guard try passphrase("The same again: ") == first else {
      throw CommandFailure(exit: 2, "passphrase_differs", "the two passphrases differ; nothing was made")
    }
    return first
  }

  /// Asks on the terminal itself, without echo; the terminal is put back whatever happens.
  static func passphrase(_ prompt: String) throws -> [UInt8] {
    let terminal = open("/dev/tty", O_RDWR | O_CLOEXEC)
    guard terminal >= 0 else {
      throw CommandFailure(
        exit: 2,
        "passphrase_missing",
        "the keys need a passphrase and there is no terminal to ask on",
        hint:
          """
          set KHATM_PASSPHRASE or use --passphrase-file FILE; for an officer's own key KHATM_OFFICER_PASSPHRASE or \
          --officer-passphrase-file FILE
          """
      )
    }
    defer { close(terminal) }
    var before = termios()
    guard tcgetattr(terminal, &before) == 0 else {
      throw CommandFailure(exit: 2, "passphrase_missing", "the terminal cannot be set up")
    }
    var silent = before
    silent.c_lflag &= ~tcflag_t(ECHO)
    silent.c_lflag |= tcflag_t(ECHONL)
    tcsetattr(terminal, TCSAFLUSH, &silent)
    restore = (terminal, before)
    let handler: @convention(c) (Int32) -> Void = { _ in
      if var saved = Terminal.restore { tcsetattr(saved.0, TCSAFLUSH, &saved.1) }
      _exit(130)
    }
    let earlier = signal(SIGINT, handler)
    defer {
      tcsetattr(terminal, TCSAFLUSH, &before)
      signal(SIGINT, earlier)
      restore = nil
    }
    Console.write(prompt, to: terminal)
    var bytes: [UInt8] = []
    var byte: UInt8 = 0
    while read(terminal, &byte, 1) == 1, byte != 0x0A, bytes.count < 1_024 { bytes.append(byte) }
    return bytes
  }
  /// Written before the handler is set, read only by it.
  nonisolated(unsafe) private static var restore: (Int32, termios)?  // see above
}

/// Reads a whole input file of a user: regular files only, with a limit.
func readInput(_ path: String, limit: Int) throws -> [UInt8] {
  guard let bytes = try readInput(path, atMost: limit) else {
    let name = path == "-" ? "standard input" : path
    throw CommandFailure(exit: 2, "input_too_large", "\(name) is larger than \(limit) bytes")
  }
  return bytes
}

/// The same; nil where it is larger.
func readInput(_ path: String, atMost limit: Int) throws -> [UInt8]? {
  if path == "-" {
    let bytes = Array(FileHandle.standardInput.readDataToEndOfFile().prefix(limit + 1))
    return bytes.count <= limit ? bytes : nil
  }
  do throws(FileFailure) {
    return try BoundedRead.bytes(of: path, limit: limit, followingLinks: true)
  } catch {
    if case .tooLarge = error.reason { return nil }
    throw CommandFailure(exit: 2, "input_unreadable", "\(path): \(error.why)")
  }
}

/// Writes a result beside its final name and renames it: no half file is left behind on failure. What stands there
/// already keeps its mode; a link is followed, and a device or a pipe is written to, not replaced.
func writeOutput(_ bytes: [UInt8], to named: String) throws {
  var status = stat()
  var path = named
  let isThere = stat(named, &status) == 0
  do throws(FileFailure) {
    if isThere, status.st_mode & S_IFMT != S_IFREG {
      let file = open(path, O_WRONLY | O_CLOEXEC)
      guard file >= 0 else { throw FileFailure(path, call: "open", .system(errno)) }
      defer { close(file) }
      return try Console.write(bytes, to: file)
    }
    if isThere, let whole = realpath(named, nil) {
      path = String(cString: whole)
      free(whole)
    }
    try AtomicFile.replaceUnsynced(path, with: bytes, mode: isThere ? status.st_mode & 0o777 : 0o666)
  } catch {
    throw CommandFailure(exit: 2, "output", "\(named): \(error.why)")
  }
}
