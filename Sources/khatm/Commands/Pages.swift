import ArgumentParser
import Credentials
import Encodings
import Foundation
import Issuance
import Messages
import Registry
import Repository
import Storefronts
import Verification
import Yams

/// `khatm verify page`: every badge of a storefront page, read under guard or from a file.
struct VerifyPage: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "page",
    abstract: "Check every badge of a storefront page.",
    discussion: """
      Reads the page once, without running its programs, finds every badge by its link target or its token, checks \
      each, and compares \
      it with the page's own address. A file is judged as if it stood at --as. With --list, one address a line, \
      answers go out as NDJSON; \
      running it again with the same --resume file skips the pages already answered.

        khatm verify page https://desertrose.en.alibaba.com/
        khatm verify page shop.html --as https://desertrose.en.alibaba.com/ --json
        khatm verify page --list suppliers.txt --jobs 8 --resume sweep.done > answers.ndjson

      Exit codes: 0 confirmed, 1 not genuine, other page or not in force, 2 input that cannot be read, 3 cannot tell, \
      4 no badge.
      """
  )
  @OptionGroup var options: GlobalOptions
  @OptionGroup var ground: Verify.Ground
  @Argument(help: "Address of the page, or a file with its HTML.") var page: String?
  @Option(name: .customLong("as"), help: ArgumentHelp("The address a file stands for.", valueName: "address"))
  var address: String?
  @Option(help: ArgumentHelp("File with one address a line.", valueName: "file"), completion: .file()) var list: String?
  @Option(help: "Pages read at the same time, with --list.") var jobs = 4
  @Option(help: ArgumentHelp("Remembers what was answered, with --list.", valueName: "file"), completion: .file())
  var resume: String?
  @Option(help: ArgumentHelp("Contact page named to the servers that are read.", valueName: "address")) var contact:
    String?
  @Flag(
    help:
      """
      Read each page once more under the name of a common browser: a page that shows other badges then is answered \
      with cannot_tell.
      """
  ) var secondLook = false

  func validate() throws {
    guard (page == nil) != (list == nil) else { throw ValidationError("give either a page or --list") }
    guard (1...64).contains(jobs) else { throw ValidationError("--jobs is a number from 1 to 64") }
  }

  func run() throws {
    let folder = try ground.open(options)
    guard let platforms = folder.trust.platforms else {
      throw CommandFailure(
        exit: 3,
        "trust_data_unavailable",
        "the platform table of \(folder.path) cannot be used, and without it shops of one marketplace look alike"
      )
    }
    if let list {
      try PageSweep(folder: folder, platforms: platforms, readers: readers(folder, platforms), command: self).run(list)
      return
    }
    guard let page else { return }
    let now = try ground.instant(options)
    let decision: PageDecision
    if address != nil || FileManager.default.fileExists(atPath: page) {
      guard let address else {
        throw CommandFailure(
          exit: 2,
          "address_missing",
          "a file does not say which page it is",
          hint: "use --as ADDRESS"
        )
      }
      decision = folder.verify(
        page: try readInput(page, limit: ScanLimits.body),
        chain: [try Self.read(address, platforms)],
        asked: address,
        headerCharset: nil,
        reader: "file",
        at: now
      )
    } else {
      decision = Self.check(
        page,
        address: try Self.read(page, platforms),
        in: folder,
        readers: readers(folder, platforms),
        at: now
      )
    }
    PageReport.show(decision, options)
    Foundation.exit(Report.exitCode(decision.verdict))
  }

  static let readerName = "KhatmReader/1"

  /// As most visitors come. Only where the second look was asked for: the first one says honestly who reads.
  static let browserName =
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"

  private func readers(_ folder: PublishedRepository, _ platforms: PlatformTable) -> [GuardedFetch] {
    let names =
      ["\(Self.readerName) (+\(contact ?? "https://\(folder.host)/reader"))"] + (secondLook ? [Self.browserName] : [])
    return names.map { GuardedFetch(platforms: platforms, policy: .publicInternet, userAgent: $0, resolver: .system) }
  }

  /// - Parameter readers: the honest one first; a second one to compare with, or none.
  static func check(
    _ asked: String,
    address: PageAddress,
    in folder: PublishedRepository,
    readers: [GuardedFetch],
    at now: Instant
  ) -> PageDecision {
    let looks = readers.map { reader -> PageDecision in
      do throws(FetchFailure) {
        let fetched = try reader.page(address)
        return folder.verify(
          page: fetched.body,
          chain: fetched.chain,
          asked: asked,
          headerCharset: fetched.charset,
          reader: readerName,
          at: now
        )
      } catch { return folder.unread(error, asked: asked, isPublic: false, at: now) }
    }
    return looks.dropFirst().reduce(looks[0]) { folder.compare($0, with: $1) }
  }

  static func read(_ address: String, _ platforms: PlatformTable) throws -> PageAddress {
    do throws(AddressRejection) {
      return try PageAddress.read(Array(address.utf8), platforms: platforms)
    } catch {
      throw PageReport.failure(error)
    }
  }
}

/// Many pages: some at once, each host one at a time and at most one a second, answers as they come, nothing asked
/// twice.
private final class PageSweep: @unchecked Sendable {  // everything that changes is guarded by `lock`
  private let folder: PublishedRepository, platforms: PlatformTable, readers: [GuardedFetch], command: VerifyPage
  private let lock = NSCondition()
  private var waiting: [(line: Int, text: String)] = []
  private var pace = FetchPace()
  private var done = 0, running = 0
  private var remembered: FileHandle?
  private var progress: ProgressLine?

  init(folder: PublishedRepository, platforms: PlatformTable, readers: [GuardedFetch], command: VerifyPage) {
    self.folder = folder
    self.platforms = platforms
    self.readers = readers
    self.command = command
  }

  func run(_ path: String) throws {
    let text = String(decoding: try readInput(path, limit: 256 << 20), as: UTF8.self)
    var answered: Set<String> = []
    if let resume = command.resume {
      if FileManager.default.fileExists(atPath: resume) {
        answered = Set(
          String(decoding: try readInput(resume, limit: 256 << 20), as: UTF8.self).split(whereSeparator: \.isNewline)
            .map(String.init)
        )
      } else {
        try writeOutput([], to: resume)
      }
      remembered = FileHandle(forWritingAtPath: resume)
      _ = try remembered?.seekToEnd()
    }
    for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
      let address = line.trimmingCharacters(in: .whitespaces)
      if !address.isEmpty && !answered.contains(address) { waiting.append((index + 1, address)) }
    }
    waiting.reverse()
    progress = ProgressLine("reading pages", total: waiting.count, enabled: command.options.talks)
    let threads = min(command.jobs, max(1, waiting.count))
    let finished = DispatchSemaphore(value: 0)
    for _ in 0..<threads {
      let thread = Thread { [self] in
        while let next = take() { answer(next) }
        finished.signal()
      }
      thread.stackSize = 8 << 20
      thread.start()
    }
    for _ in 0..<threads { finished.wait() }
  }

  /// The next page whose host is free and rested.
  private func take() -> (line: Int, text: String, address: PageAddress?)? {
    lock.lock()
    defer { lock.unlock() }
    while !waiting.isEmpty {
      for index in waiting.indices.reversed() {
        let item = waiting[index]
        // an unreadable address is answered as such
        guard let address = try? PageAddress.read(Array(item.text.utf8), platforms: platforms) else {
          waiting.remove(at: index)
          return (item.line, item.text, nil)
        }
        guard pace.begin(address.host, now: .now) == .now else { continue }
        waiting.remove(at: index)
        return (item.line, item.text, address)
      }
      _ = lock.wait(until: Date(timeIntervalSinceNow: 0.05))
    }
    return nil
  }

  private func answer(_ item: (line: Int, text: String, address: PageAddress?)) {
    var object = JSONObject(["n": .integer(Int64(item.line)), "ref": JSON(item.text)])
    if let address = item.address {
      object["answer"] = VerifyPage.check(
        item.text,
        address: address,
        in: folder,
        readers: readers,
        at: command.options.now
      ).json()
    } else {
      do {
        _ = try VerifyPage.read(item.text, platforms)
      } catch {
        let failure = error as? CommandFailure
        object["error"] = ["code": JSON(failure?.code ?? "url_ambiguous"), "title": JSON(failure?.message ?? "")]
      }
    }
    lock.lock()
    defer { lock.unlock() }
    Console.json(.object(object))
    // Remembered after it was written out: a page cut off in between is asked again, never lost.
    remembered?.write(Data((item.text + "\n").utf8))
    if let host = item.address?.host { pace.done(host) }
    done += 1
    progress?.update(done)
    lock.broadcast()
  }
}

/// What the commands print of pages.
enum PageReport {
  static func failure(_ refusal: AddressRejection) -> CommandFailure {
    let params = refusal.params.members.map { Reason.Param($0.name.string, $0.value) }
    let sentence = Catalogue.sentence(refusal.reason, params: Reason(refusal.reason, params).words, language: .en)
    return CommandFailure(
      exit: 2,
      refusal.code,
      sentence,
      details: Dictionary(uniqueKeysWithValues: params.map { ($0.name, $0.value) })
    )
  }

  static func show(_ decision: PageDecision, _ options: GlobalOptions) {
    if options.json {
      Console.json(decision.json())
      return
    }
    let (mark, colour): (String, Console.Colour) =
      switch decision.verdict {
      case .confirmed, .genuine: ("✓", .green)
      case .cannotTell, .noBadge: ("?", .yellow)
      default: ("✗", .red)
      }
    Console.line(Console.coloured("\(mark) \(decision.verdict.rawValue)  \(Console.shown(decision.asked))", colour))
    if let key = decision.key { Console.line("  page \(key)") }
    for reason in decision.reasons {
      Console.line("  \(reason.code.rawValue): \(Catalogue.sentence(reason.code, params: reason.words, language: .en))")
    }
    for badge in decision.badges {
      Console.line(
        """
          line \(badge.line), \(badge.context)\(badge.counts ? "" : ", does not count"): \
        \(badge.decision.verdict.rawValue)  \(Console.shown(badge.href ?? "token in the page"))
        """
      )
      for reason in badge.notes + badge.decision.reasons {
        Console.line(
          "    \(reason.code.rawValue): \(Catalogue.sentence(reason.code, params: reason.words, language: .en))"
        )
      }
      if let credential = badge.decision.credential {
        Console.line("    " + credential.names.map { Console.shown($0.text) }.joined(separator: " · "))
      }
    }
    if let read = decision.read {
      Console.line(
        Console.coloured(
          """
            not examined: \(read.scripts) scripts, \(read.frames) frames, \(read.styleSheets) style sheets; visibility \
          was not checked
          """,
          .dim
        )
      )
    }
  }
}

/// `khatm scan`: the page reader without any verdict.
struct Scan: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Show what the page reader finds in a file, without any verdict.",
    discussion: "  khatm scan shop.html --as https://desertrose.en.alibaba.com/ --json"
  )
  @OptionGroup var options: GlobalOptions
  @Argument(help: "A file with HTML, or - for standard input.") var file: String
  @Option(name: .customLong("as"), help: ArgumentHelp("The address the file stands for.", valueName: "address"))
  var address: String
  @Option(help: "The verify host of badge links (default: the home's, else khatm.example).") var host: String?

  func run() throws {
    let platforms = try PlatformSource.table(options)
    let page = try VerifyPage.read(address, platforms)
    var verifyHost = host
    if verifyHost == nil, let home = options.homeIfGiven, home.exists {
      verifyHost = try RegistryReader.open(home).authority.host
    }
    let scan: PageScan
    do throws(PageRejection) {
      scan = try LinkScanner.scan(
        try readAll(),
        options: ScanOptions(page: ResolvedURL(page), verifyHost: verifyHost ?? "khatm.example")
      )
    } catch { throw CommandFailure(exit: 1, error.code, "the page cannot be read: \(error.code)") }
    let links = scan.links
    if options.json {
      Console.json([
        "links": .array(
          links.map { link in
            [
              "href": link.href.map { JSON(String(decoding: $0, as: UTF8.self)) } ?? .null,
              "context": JSON(link.context.rawValue), "live": .bool(link.live),
              "notes": JSON(link.notes.map(\.code)), "line": .integer(Int64(link.line)),
              "kind": JSON(link.kind.rawValue), "counts": .bool(link.counts),
            ]
          }
        ), "pageNotes": JSON(scan.pageNotes.map(\.code)), "charset": JSON(scan.charset),
        "notExamined": [
          "scripts": .integer(Int64(scan.notExamined.scripts)), "frames": .integer(Int64(scan.notExamined.frames)),
          "styleSheets": .integer(Int64(scan.notExamined.styleSheets)),
        ],
      ])
      return
    }
    for link in links {
      Console.line(
        """
        line \(link.line)  \(link.live ? "live" : "ignored")  \(link.context.rawValue)  \
        \(Console.shown(link.href.map { String(decoding: $0, as: UTF8.self) } ?? "–"))  \
        \(link.notes.map(\.code).joined(separator: " "))
        """
      )
    }
    if links.isEmpty { Console.line("no badge link") }
    for note in scan.pageNotes { Console.line("page: \(note.code)") }
  }

  private func readAll() throws(PageRejection) -> [UInt8] {
    let bytes: [UInt8]?
    do {
      bytes = try readInput(file, atMost: ScanLimits.body)
    } catch let failure as CommandFailure {
      Main.report(failure, json: options.json)
    } catch {
      Main.report(
        CommandFailure(exit: 2, "input_unreadable", "\(file): \(error.localizedDescription)"),
        json: options.json
      )
    }
    guard let bytes else { throw .tooLarge(limit: ScanLimits.body) }
    return bytes
  }
}

/// The platform table by which addresses are read: the home's, else the project's own.
enum PlatformSource {
  static func table(_ options: GlobalOptions, file: String? = nil) throws -> PlatformTable {
    let path =
      try file
      ?? (options.homeIfGiven.flatMap { $0.exists ? $0.platformsPath : nil } ?? ProfileFinder.find(nil).folder
        + "/platforms.yaml")
    do {
      return try YAMLDecoder().decode(PlatformTable.self, from: Data(try readInput(path, limit: 1 << 20)))
    } catch let error as DecodingError {
      throw CommandFailure(exit: 2, "platforms_malformed", "\(path): \(error.words)")
    }
  }
}

/// `khatm page-key`.
struct PageKeyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "page-key",
    abstract: "Show the page key of an address: what certificates and pages are compared by.",
    discussion: """
        khatm page-key https://desertrose.m.en.alibaba.com/product/1 --json     {"key":"platform/alibaba/desertrose"}
        khatm page-key 'https://good.example\\@evil.example/' --json             {"refused":"url_ambiguous"}
      """
  )
  @OptionGroup var options: GlobalOptions
  @Argument(help: "The address, exactly as it was found.") var address: String
  @Option(
    help: ArgumentHelp("Platform table to use (default: the home's, else the project's).", valueName: "file"),
    completion: .file()
  ) var platforms: String?

  func run() throws {
    let table = try PlatformSource.table(options, file: platforms)
    do throws(AddressRejection) {
      let page = try PageAddress.read(Array(address.utf8), platforms: table)
      if options.json {
        var object = JSONObject(["key": .string(page.key.text)])
        if !page.notes.isEmpty { object["reasons"] = JSON(page.notes.map(\.rawValue)) }
        object["matches"] = .array(page.matchKeys.map { .string($0.text) })
        Console.json(.object(object))
      } else {
        Console.line(page.key.description)
      }
    } catch {
      if options.json {
        var object = JSONObject(["refused": JSON(error.code)])
        if !error.params.members.isEmpty { object["params"] = .object(error.params) }
        Console.json(.object(object))
        Foundation.exit(2)
      }
      throw PageReport.failure(error)
    }
  }
}
