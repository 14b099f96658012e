import Credentials
import Encodings
import Foundation
import HTTPTypes
import Hummingbird
import Issuance
import NIOCore
import PKI
import Profiles
import Registry
import Repository
import Sheets
import Verification

/// Speeds beside their limits, all measured in this one run: only the ratios travel from machine to machine.
@main struct Bench {
  struct Row {
    let name: String
    let value: Double
    let unit: String
    let limit: Double?
    let limitName: String
  }
  nonisolated(unsafe) static var rows: [Row] = []  // written by the one thread that runs main

  static func main() async throws {
    if CommandLine.arguments.dropFirst().first == "--bare" { return try await bare() }
    try PKIStartup.check()
    // `--only scanner,http`: parts of register, scanner, verify, http, log; the issue that the others need is always
    // run. `--only issue`: nothing besides. `--only register --size 1000000`: a register of that size.
    let only = CommandLine.arguments.firstIndex(of: "--only").map {
      CommandLine.arguments[($0 + 1)...].first?.split(separator: ",") ?? []
    }
    func wants(_ part: String) -> Bool { only?.contains(Substring(part)) ?? true }
    if only == ["register"] { return try LargeRegister.run() }
    if only == ["service"] { return try LargeService.run(size: LargeRegister.size ?? 1_000_000) }
    let count = Int(ProcessInfo.processInfo.environment["KHATM_BENCH_MEMBERS"] ?? "") ?? 12_000
    let raw = try Raw()
    let signRate = 3_000 / (try processorSeconds { try raw.sign(3_000) })
    add("P-256 sign, one core", signRate, "/s", limit: nil, "")
    add("P-256 verify, one core", 3_000 / (try processorSeconds { try raw.verify(3_000) }), "/s", limit: nil, "")
    let world = try World()
    defer { world.remove() }
    let sheet = World.sheet(count)
    let imported = try seconds { _ = try world.session().members.importMembers(sheet) }
    add("import of \(count) members", imported, "s", limit: nil, "")

    var tokens: [[UInt8]] = []
    var rate = 0.0
    do {
      let session = try world.session()
      guard let programme = session.profiles.programme("verified-membership") else { return }
      let processor = clock()
      let issuing = try seconds {
        let read = try session.members.read(sheet: sheet)
        let members = try session.registry.members.find(read.rows.map { ($0.chamber, $0.number) })
        let orders = zip(members, read.rows).compactMap { member, row in
          member.map { IssueOrder(member: $0, row: row.row) }
        }
        var options = IssueOptions()
        options.source = SHA2.sha256(sheet)  // as khatm issue --csv
        let outcome = try session.issuer.issue(orders, programme: programme, options: options)
        guard outcome.issued.count == count else { throw Load.Failure(what: "issued \(outcome.issued.count)") }
      }
      rate = Double(count) / issuing
      add(
        "the same, time of both processors together",
        Double(clock() - processor) / Double(CLOCKS_PER_SEC),
        "s",
        limit: nil,
        ""
      )
      add("issue \(count) from CSV, durable and published", issuing, "s", limit: nil, "")
      add(
        "issue rate",
        rate,
        "credentials/s",
        limit: signRate * Double(Environment.cores),
        "P-256 signatures/s, all cores"
      )
      for record in try session.registry.credentials.matching(CredentialFilter()).prefix(2_000) {
        tokens.append(try session.reader.token(of: record))
      }
    }
    if wants("register") { try LargeRegister.run() }
    if wants("scanner") { try scannerRates() }
    if wants("verify") { try verifyRates(world, tokens, raw: raw) }
    if wants("http") { try httpRates(world, tokens, raw: raw, members: count) }
    if wants("log") { try LogTable.printLogTable() }
    print("")
    try write()
  }

  static func seconds(_ body: () throws -> Void) rethrows -> Double {
    let begun = ContinuousClock.now
    try body()
    return (ContinuousClock.now - begun) / .seconds(1)
  }

  /// Of the processor, for work on one core: another program on the machine then does not count.
  static func processorSeconds(_ body: () throws -> Void) rethrows -> Double {
    let begun = clock()
    try body()
    return Double(clock() - begun) / Double(CLOCKS_PER_SEC)
  }

  static func add(_ name: String, _ value: Double, _ unit: String, limit: Double?, _ limitName: String) {
    rows.append(Row(name: name, value: value, unit: unit, limit: limit, limitName: limitName))
    let shown = value < 100 ? String(format: "%.2f", value) : String(format: "%.0f", value)
    let beside =
      limit.map {
        """
          limit \(String(format: $0 < 100 ? "%.1f" : "%.0f", $0)) \(limitName), ratio \
        \(String(format: "%.2f", value / $0))
        """
      } ?? ""
    print("\(name.padding(toLength: 52, withPad: " ", startingAt: 0)) \(shown) \(unit)\(beside)")
  }

  /// OpenSSL's own speed through the same library, one thread, a message as long as a credential.
  struct Raw {
    private let key: PrivateKey, message = [UInt8](repeating: 0x41, count: 7_400), signature: [UInt8]
    init() throws {
      key = try PrivateKey.generate(.p256)
      signature = try key.sign(message, algorithm: .es256)
    }
    func sign(_ count: Int) throws { for _ in 0..<count { _ = try key.sign(message, algorithm: .es256) } }
    func verify(_ count: Int) throws {
      for _ in 0..<count {
        guard try key.publicKey.verifies(signature, over: message, algorithm: .es256) else {
          throw Load.Failure(what: "verify")
        }
      }
    }
  }

  static func verifyRates(_ world: World, _ tokens: [[UInt8]], raw: Raw) throws {
    let anchor = Array(try Data(contentsOf: URL(filePath: world.home.anchorPath)))
    let folder = try PublishedRepository(path: world.home.publicPath, anchor: anchor)
    let snapshot = TrustSnapshot(trust: folder.trust, host: folder.host)
    let verifier = CachingVerifier()
    let now = World.now
    var shelf: [Text: StatusReading] = [:]
    func list(_ url: Text) -> StatusReading {
      if let known = shelf[url] { return known }
      guard let path = url.string.components(separatedBy: "khatm.example/").last,
        let bytes = FileManager.default.contents(atPath: world.home.publicPath + "/" + path)
      else { return .unavailable }
      let reading = Verifier(snapshot).read(statusList: Array(bytes), url: url, at: now)
      shelf[url] = reading
      return reading
    }
    func check(_ token: [UInt8]) throws {
      let decision = verifier.verify(token, under: snapshot, at: now) { credential, _ in
        var evidence = Evidence(under: snapshot)
        for url in credential.statusLists { evidence.statusLists[url] = list(url) }
        return evidence
      }
      guard decision.verdict == .genuine else { throw Load.Failure(what: "not genuine") }
    }
    for token in tokens.prefix(50) { try check(token) }
    let unknown = try beside(raw) { round in
      let part = tokens[(round * tokens.count / rounds)..<((round + 1) * tokens.count / rounds)]
      for token in part { try check(token) }
      return part.count
    }
    add("verify an unknown token, chain cached, one core", unknown.rate, "/s", limit: unknown.limit, "P-256 verify/s")
    // As the service asks: every token on its own page, files looked at every 200 ms, everything asked once before.
    let served = try PublishedRepository(
      path: world.home.publicPath,
      anchor: anchor,
      recheck: .atMostEvery(clock: { DispatchTime.now().uptimeNanoseconds })
    )
    let questions = tokens.enumerated().map {
      VerificationRequest(.token($1), page: "https://sample\($0).en.alibaba.com/")
    }
    func ask() throws {
      for question in questions {
        guard case .success(let decision) = served.verify(question, at: now), decision.verdict == .genuine else {
          throw Load.Failure(what: "not genuine")
        }
      }
    }
    try ask()
    let known = try beside(raw) { _ in
      try ask()
      return questions.count
    }
    add("verify a known token with its page, one core", known.rate, "/s", limit: known.limit, "P-256 verify/s")
  }

  private static let rounds = 20

  /// Something and its limit by turns, so that both meet the same machine.
  static func beside(_ limit: Raw, _ body: (Int) throws -> Int) throws -> (rate: Double, limit: Double) {
    var count = 0
    var spent = 0.0
    var limitSpent = 0.0
    for round in 0..<rounds {
      limitSpent += try processorSeconds { try limit.verify(100) }
      spent += try processorSeconds { count += try body(round) }
    }
    return (Double(count) / spent, Double(rounds * 100) / limitSpent)
  }

  static func httpRates(_ world: World, _ tokens: [[UInt8]], raw: Raw, members: Int) throws {
    let folder = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
    let daemon = folder.appending(path: "khatmd")
    guard FileManager.default.isExecutableFile(atPath: daemon.path) else {
      print("khatmd was not built: no HTTP rates")
      return
    }
    let bareServer = try Server(folder.appending(path: "khatm-bench"), ["--bare"])
    defer { bareServer.stop() }
    let service = try Server(
      daemon,
      ["--public", world.home.publicPath, "--listen", "127.0.0.1:0", "--anchor", world.home.anchorPath]
    )
    defer { service.stop() }
    let questions = tokens.enumerated().map { line -> [UInt8] in
      JSON.object([
        "credential": JSON(String(decoding: line.element, as: UTF8.self)),
        "page": JSON("https://sample\(line.offset).en.alibaba.com/"),
      ]).canonical()
    }
    // By turns, so that both meet the same machine; the first turn warms up.
    var bare = 0.0
    var ours = 0.0
    var batch = 0.0
    for turn in 0...turns {
      let once = [
        try Load.rate(
          port: bareServer.port,
          request: Load.request("POST", "/bare", body: questions[0]),
          connections: 16,
          seconds: 0.7
        ),
        try Load.rate(
          port: service.port,
          request: Load.request("POST", "/v1/verify", body: questions[0]),
          connections: 16,
          seconds: 0.7
        ),
        try Load.batches(port: service.port, lines: Array(questions.prefix(1_800)), at: Environment.cores),
      ]
      if turn > 0 {
        bare += once[0] / Double(turns)
        ours += once[1] / Double(turns)
        batch += once[2] / Double(turns)
      }
    }
    add("bare Hummingbird route over HTTP, both cores", bare, "/s", limit: nil, "")
    add("POST /v1/verify over HTTP, both cores", ours, "/s", limit: bare, "bare route/s")
    let limit = 100 / (try processorSeconds { try raw.verify(100) })
    add(
      "POST /v1/verify/batch over HTTP, known tokens, both cores",
      batch,
      "lines/s",
      limit: limit,
      "P-256 verify/s of one core"
    )
    try MirrorRow.add(world, service: "http://127.0.0.1:\(service.port)", members: members)
  }

  private static let turns = 5

  /// A child that prints its port in its first line.
  final class Server {
    private let process = Process()
    let port: UInt16
    init(_ program: URL, _ arguments: [String]) throws {
      process.executableURL = program
      process.arguments = arguments
      let output = Pipe()
      process.standardOutput = output
      try process.run()
      var line: [UInt8] = []
      while let byte = try output.fileHandleForReading.read(upToCount: 1)?.first, byte != 0x0A { line.append(byte) }
      let words = String(decoding: line, as: UTF8.self).split { !$0.isNumber }
      guard let found = words.compactMap({ UInt16($0) }).first(where: { $0 > 1_024 }) else {
        throw Load.Failure(what: "no port: \(String(decoding: line, as: UTF8.self))")
      }
      port = found
    }
    /// Bytes; as the system counts them for the process.
    func peakMemory() -> Int {
      let status = String(
        decoding: FileManager.default.contents(atPath: "/proc/\(process.processIdentifier)/status") ?? Data(),
        as: UTF8.self
      )
      let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
      return (line?.split { !$0.isNumber }.first.flatMap { Int($0) } ?? 0) * 1_024
    }
    func stop() {
      if process.isRunning {
        process.terminate()
        process.waitUntilExit()
      }
    }
    deinit { stop() }
  }

  /// What the HTTP stack costs with nothing behind it: the body is read, one short JSON answered.
  static func bare() async throws {
    let router = Router()
    router.post("/bare") { request, _ -> Response in
      _ = try await request.body.collect(upTo: 1 << 20)
      return Response(
        status: .ok,
        headers: [.contentType: "application/json"],
        body: .init(byteBuffer: ByteBuffer(string: "{\"v\":1,\"verdict\":\"genuine\"}"))
      )
    }
    let app = Application(
      router: router,
      configuration: .init(address: .hostname("127.0.0.1", port: 0)),
      onServerRunning: { channel in
        print("listening on port \(channel.localAddress?.port ?? 0)")
        fflush(nil)
      }
    )
    try await app.runService()
  }

  static func write() throws {
    let json = JSON.array(
      rows.map { row in
        [
          "name": JSON(row.name), "value": .number(row.value), "unit": JSON(row.unit),
          "limit": row.limit.map { .number($0) } ?? .null,
          "ratio": row.limit.map { .number(row.value / $0) } ?? .null,
        ]
      }
    )
    let folder = URL(filePath: FileManager.default.currentDirectoryPath).appending(path: ".bench")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    try Data(json.canonical() + [0x0A]).write(to: folder.appending(path: "latest.json"))
  }
}

/// What the figures depend on.
enum Environment { static var cores: Int { max(1, ProcessInfo.processInfo.activeProcessorCount) } }
