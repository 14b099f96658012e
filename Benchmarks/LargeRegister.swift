import Encodings
import Foundation
import Registry

/// Questions an office asks every day, of a small register and of a large one: the answer may take half as long again, and no longer.
///
/// 10,000 certificates against 100,000; `khatm-bench --only register --size 1000000` takes minutes to fill. The rows are made through
/// the register's own methods, with every trigger, and signatures of zeros. The same hundred certificates end soon in both.
enum LargeRegister {
  static let limit = 1.5
  private static let now: Int64 = 1_800_000_000, programme = "verified-membership"

  static func run() throws {
    let arguments = CommandLine.arguments, at = arguments.firstIndex(of: "--size")
    let large = at.flatMap { arguments.indices.contains($0 + 1) ? Int(arguments[$0 + 1]) : nil } ?? 100_000
    let few = try measure(10_000), many = try measure(large)
    for (name, time) in few.sorted(by: { $0.key < $1.key }) {
      guard let longer = many[name] else { continue }
      Bench.add("\(name): \(large) certificates against 10000", longer / time, "times as long", limit: limit, "times (\(String(format: "%.2f", longer * 1_000)) ms)")
    }
  }

  /// Seconds of the processor for each question, the middle of many.
  private static func measure(_ count: Int) throws -> [String: Double] {
    let folder = FileManager.default.temporaryDirectory.appending(path: "khatm-bench-register-\(ProcessInfo.processInfo.processIdentifier)-\(count)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }   // a temporary folder: the system removes what is left
    let registry = try Registry.create(at: folder.appending(path: "registry.db").path, exists: false)
    try fill(registry, count)
    var numbers = SystemRandomNumberGenerator()
    func any() -> Int { Int.random(in: 0..<count, using: &numbers) }
    func wanted(_ words: String, limit: Int) -> CredentialFilter {
      var filter = CredentialFilter()
      (filter.words, filter.limit) = (words, limit)
      return filter
    }
    var expiring = CredentialFilter()
    expiring.runsOutBefore = now + 60 * 86_400
    var times: [String: Double] = [:]
    func time(_ name: String, _ rounds: Int, _ body: () throws -> Int) throws {
      var spent: [Double] = []
      for _ in 0..<rounds {
        spent.append(try Bench.processorSeconds { guard try body() > 0 else { throw Load.Failure(what: "\(name): nothing found") } })
      }
      times[name] = spent.sorted()[rounds / 2]
    }
    try time("show", 400) {
      guard let record = try registry.credential(id: number(any())) else { return 0 }
      return try registry.events(of: record.seq).count + (registry.member(rowID: record.member) == nil ? 0 : 1)
    }
    try time("search by a name", 400) { try registry.credentials(wanted("oasis \(name(any()))", limit: 200)).count }
    try time("search by a licence number", 400) { try registry.credentials(wanted("\(5_000_000 + any())", limit: 200)).count }
    try time("expiring", 100) {
      let found = try registry.credentials(expiring).count
      return found == 100 ? found : 0
    }
    return times
  }

  // MARK: filling it

  private static func number(_ index: Int) -> String { "\(index)".leftPadded(to: 18) }
  /// A word that few have: the number in letters.
  private static func name(_ index: Int) -> String { String(String(index).utf8.map { Character(Unicode.Scalar($0 + 0x31)) }) + "x" }

  private static func digest(_ number: Int64, _ kind: UInt8) -> [UInt8] { [kind] + [UInt8](repeating: 0, count: 23) + withUnsafeBytes(of: number.bigEndian, Array.init) }

  private static func fill(_ registry: Registry, _ count: Int) throws {
    var audits: Int64 = 0, leaves: Int64 = 0
    func audit() -> AuditRecord {
      audits += 1
      return AuditRecord(seq: audits, at: now, officer: "registrar", act: "fill", subject: "", outcome: "done", detail: "{}",
                         previous: audits == 1 ? [UInt8](repeating: 0, count: 32) : digest(audits - 1, 1), digest: digest(audits, 1), signature: [UInt8](repeating: 0, count: 64))
    }
    func log(_ entries: Int) -> LogAppend {
      defer { leaves += Int64(entries) }
      return LogAppend(previousSize: leaves, leaves: (0..<entries).map { .init(entry: [0x7B, 0x7D], hash: digest(leaves + Int64($0), 2)) }, tileRoots: [], at: now, frontier: [], note: "-")
    }
    try registry.found(Authority(name: "Benchmark (sample)", host: "khatm.example", createdAt: now), keys: [], audit: audit())
    try registry.add(Chamber(slug: "dubai", domain: "dubai-chamber.example", nameEn: "Dubai Chamber (sample)", nameAr: "غرفة دبي (نموذج)", jurisdiction: "AE-DU", status: "granted",
                             statusSince: now), keys: [], log: log(1), audit: audit())
    try registry.adopt(ProgrammeRule(id: programme, digest: digest(0, 3), issueApprovals: 1, reinstateApprovals: 1, issueBrake: count, suspendBrake: count, revokeBrake: count, quota: count),
                       request: nil, at: now, audit: audit())
    let payload = [UInt8](repeating: 0x41, count: 2_600), header = [UInt8](repeating: 0x42, count: 2_400), signature = [UInt8](repeating: 0, count: 64)
    var generator = SystemRandomNumberGenerator()
    for start in stride(from: 0, to: count, by: 10_000) {
      let range = start..<min(start + 10_000, count)
      _ = try registry.importMembers(range.map { index in
        var member = Member(chamber: "dubai", number: "\(index + 1)", nameEn: "Oasis \(name(index)) Trading LLC", nameAr: "شركة الواحة \(index) للتجارة", legalForm: "LLC",
                            licenceNumber: "\(5_000_000 + index)", licenceAuthority: "Dubai Department of Economy and Tourism", jurisdiction: "AE-DU", memberSince: "2010-05-01",
                            feesPaidUntil: "2030-12-31", storefront: "https://shop-\(index).example/", platform: "", website: "", membership: "member")
        (member.skeletonEn, member.skeletonAr) = (member.nameEn, member.nameAr)
        return (member, Contact(name: "Fatima Hassan", email: "office@shop-\(index).example", phone: ""))
      }, at: now, audit: audit())
      // Members are numbered in the order of their import.
      let places = try registry.reserve(range.map { index in
        Reservation(id: number(index), member: Int64(index + 1), chamber: "dubai", programme: programme, validFrom: now,
                    validUntil: index < 100 ? now + 30 * 86_400 : now + 300 * 86_400 + Int64(index), salt: digest(Int64(index), 4), contentDigest: digest(Int64(index), 5))
      }, at: now) { UInt32.random(in: .min ... .max, using: &generator) }
      let base = leaves
      let issued = places.enumerated().map { offset, place in
        IssuedCredential(seq: place.seq, issuedAt: now, leaf: base + Int64(offset), parts: TokenParts(header: header, payload: payload, signature: signature))
      }
      try registry.issue(issued, officer: "registrar", log: log(range.count), audit: audit())
    }
    try registry.published([], upTo: .max, at: now)
  }
}

extension String {
  fileprivate func leftPadded(to count: Int) -> String { String(repeating: "0", count: max(0, count - utf8.count)) + self }
}
