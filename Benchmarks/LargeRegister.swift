import Encodings
import Foundation
import Registry
import Vocabulary

/// Questions an office asks every day, of a small register and of a large one: the answer may take half as long again,
/// and no longer.
///
/// 10,000 certificates against 100,000; `khatm-bench --only register --size 1000000` takes minutes to fill. The rows
/// are made through the register's own methods, with every trigger, and signatures of zeros. Each question finds the
/// same in both: one certificate, and the same hundred that end soon. It is asked as a command asks it, of a register
/// opened for it; beside that, of one that stays open. Processor time, the middle of many.
enum LargeRegister {
  static let limit = 1.5
  private static let now: Int64 = 1_800_000_000, programme = "verified-membership"

  /// `--size N`.
  static var size: Int? {
    let arguments = CommandLine.arguments
    let at = arguments.firstIndex(of: "--size")
    return at.flatMap { arguments.indices.contains($0 + 1) ? Int(arguments[$0 + 1]) : nil }
  }

  static func run() throws {
    let large = size ?? 100_000
    let few = try Filled(10_000)
    let many = try Filled(large)
    defer {
      few.remove()
      many.remove()
    }
    func found(_ words: String, _ registry: Registry) throws -> Bool {
      var filter = CredentialFilter()
      (filter.words, filter.limit) = (words, 200)
      return try registry.credentials.matching(filter).count == 1
    }
    var expiring = CredentialFilter()
    expiring.runsOutBefore = now + 60 * 86_400
    let questions: [(name: String, ask: (Registry, Int) throws -> Bool)] = [
      (
        "show",
        { registry, index in
          guard let record = try registry.credentials.find(id: number(index)) else { return false }
          return try registry.credentials.events(of: record.seq).count == 1
            && registry.members.find(rowID: record.member) != nil
        }
      ),
      ("search by a name in English", { try found("Oasis \(name($1))", $0) }),
      ("search by a name in Arabic", { try found("الوَاحه \(arabic($1))", $0) }),
      ("search by a licence number", { try found("\(5_000_000 + $1)", $0) }),
      ("search by a storefront", { try found("https://\(name($1)).shop.example/", $0) }),
      ("expiring", { registry, _ in try registry.credentials.matching(expiring).count == 100 }),
    ]
    var numbers = SystemRandomNumberGenerator()
    for (name, ask) in questions {
      var times: [[Double]] = [[], [], [], []]
      for _ in 0..<rounds {
        // By turns, so that all meet the same machine.
        for (place, town) in [few, many].enumerated() {
          for isOpen in [false, true] {
            let index = Int.random(in: 0..<town.count, using: &numbers)
            times[place * 2 + (isOpen ? 1 : 0)].append(
              try Bench.processorSeconds {
                guard try ask(isOpen ? town.registry : town.opened(), index) else {
                  throw Load.Failure(what: "\(name) of \(index): not what was to be found")
                }
              }
            )
          }
        }
      }
      let middle = times.map { $0.sorted()[rounds / 2] }
      let shown = middle.map { String(format: "%.2f", $0 * 1_000) }
      Bench.add(
        "\(name): \(large) certificates against 10000",
        middle[2] / middle[0],
        "times as long",
        limit: limit,
        "times"
      )
      print("    \(shown[0]) and \(shown[2]) ms; with the register open \(shown[1]) and \(shown[3]) ms")
    }
  }

  private static let rounds = 200

  /// A register in a folder of its own, full.
  private struct Filled {
    let count: Int, folder: URL, registry: Registry
    private let head: [UInt8]?
    private var path: String { folder.appending(path: "registry.db").path }

    init(_ count: Int) throws {
      self.count = count
      folder = FileManager.default.temporaryDirectory.appending(
        path: "khatm-bench-register-\(ProcessInfo.processInfo.processIdentifier)-\(count)"
      )
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      let file = folder.appending(path: "registry.db")
      registry = try Registry.create(at: file.path, exists: false)
      try fill(registry, count)
      head = try FileHandle(forReadingFrom: file).read(upToCount: 100).map { Array($0) }
    }

    /// As a command opens it.
    func opened() throws -> Registry { try Registry.open(at: path, head: head, companions: [], migrating: false) }
    // a temporary folder: the system removes what is left
    func remove() { try? FileManager.default.removeItem(at: folder) }
  }

  // MARK: filling it

  private static func number(_ index: Int) -> String { "\(index)".leftPadded(to: 18) }
  /// Words that nobody else's begin with: the number in letters, and an end.
  private static func name(_ index: Int) -> String {
    String(String(index).utf8.map { Character(Unicode.Scalar($0 + 0x31)) }) + "x"
  }
  private static func arabic(_ index: Int) -> String {
    String(String.UnicodeScalarView(String(index).utf8.map { letters[Int($0 - 0x30)] })) + "ق"
  }
  private static let letters = Array("بتثجحخدرسص".unicodeScalars)

  private static func digest(_ number: Int64, _ kind: UInt8) -> [UInt8] {
    [kind] + [UInt8](repeating: 0, count: 23) + withUnsafeBytes(of: number.bigEndian, Array.init)
  }

  private static func fill(_ registry: Registry, _ count: Int) throws {
    var audits: Int64 = 0
    var leaves: Int64 = 0
    func audit() -> AuditRecord {
      audits += 1
      return AuditRecord(
        seq: audits,
        at: now,
        officer: "registrar",
        act: "fill",
        subject: "",
        outcome: .done,
        detail: "{}",
        previous: audits == 1 ? [UInt8](repeating: 0, count: 32) : digest(audits - 1, 1),
        digest: digest(audits, 1),
        signature: [UInt8](repeating: 0, count: 64)
      )
    }
    func log(_ entries: Int) -> LogAppend {
      defer { leaves += Int64(entries) }
      return LogAppend(
        previousSize: leaves,
        leaves: (0..<entries).map { .init(entry: [0x7B, 0x7D], hash: digest(leaves + Int64($0), 2)) },
        tileRoots: [],
        at: now,
        frontier: [],
        note: "-"
      )
    }
    try registry.keys.found(
      Authority(name: "Benchmark (sample)", host: "khatm.example", createdAt: now),
      keys: [],
      audit: audit()
    )
    try registry.keys.add(
      Chamber(
        slug: "dubai",
        domain: "dubai-chamber.example",
        nameEn: "Dubai Chamber (sample)",
        nameAr: "غرفة دبي (نموذج)",
        jurisdiction: "AE-DU",
        status: .granted,
        statusSince: now
      ),
      keys: [],
      log: log(1),
      audit: audit()
    )
    try registry.requests.adopt(
      ProgrammeRule(
        id: programme,
        digest: digest(0, 3),
        issueApprovals: 1,
        reinstateApprovals: 1,
        issueBrake: count,
        suspendBrake: count,
        revokeBrake: count,
        quota: count
      ),
      request: nil,
      at: now,
      audit: audit()
    )
    let payload = [UInt8](repeating: 0x41, count: 2_600)
    let header = [UInt8](repeating: 0x42, count: 2_400)
    let signature = [UInt8](repeating: 0, count: 64)
    var generator = SystemRandomNumberGenerator()
    for start in stride(from: 0, to: count, by: 10_000) {
      let range = start..<min(start + 10_000, count)
      _ = try registry.members.importRows(
        range.map { index in
          var member = Member(chamber: "dubai", number: "\(index + 1)")
          member.nameEn = "Oasis \(name(index)) Trading LLC"
          member.nameAr = "شركة الواحة \(arabic(index)) للتجارة"
          member.legalForm = "LLC"
          member.licenceNumber = "\(5_000_000 + index)"
          member.licenceAuthority = "Dubai Department of Economy and Tourism"
          member.jurisdiction = "AE-DU"
          member.memberSince = "2010-05-01"
          member.feesPaidUntil = "2030-12-31"
          member.storefront = "https://\(name(index)).shop.example/"
          (member.skeletonEn, member.skeletonAr) = (member.nameEn, member.nameAr)
          return (member, Contact(name: "Fatima Hassan", email: "office@\(name(index)).shop.example", phone: ""))
        },
        at: now,
        audit: audit()
      )
      // Members are numbered in the order of their import.
      let places = try registry.credentials.reserve(
        range.map { index in
          CredentialDraft(
            id: number(index),
            member: Int64(index + 1),
            chamber: "dubai",
            programme: programme,
            validFrom: now,
            validUntil: index < 100 ? now + 30 * 86_400 : now + 300 * 86_400 + Int64(index),
            salt: digest(Int64(index), 4),
            contentDigest: digest(Int64(index), 5)
          )
        },
        at: now
      ) { UInt32.random(in: .min ... .max, using: &generator) }
      let signed = places.map {
        SignedCredential(
          seq: $0.seq,
          parts: TokenParts(header: header, payload: payload, signature: signature)
        )
      }
      try registry.credentials.issue(IssueBatch(credentials: signed), log: log(range.count), audit: audit())
    }
    try registry.publications.record([], upTo: .max, at: now)
  }
}

extension String {
  fileprivate func leftPadded(to count: Int) -> String {
    String(repeating: "0", count: max(0, count - utf8.count)) + self
  }
}
