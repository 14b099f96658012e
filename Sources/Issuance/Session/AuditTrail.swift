internal import Credentials
package import Encodings
internal import PKI
package import Registry
internal import Vocabulary

/// The chain of acts: what each row's digest covers, and what a reader finds out by going through it
/// (`docs/formats.md`, audit trail).
package enum AuditTrail {
  /// SHA-256 over the row, but for digest and signature, and the digest of the row before.
  static func digest(of row: AuditRecord) -> [UInt8] {
    let content: JSON = [
      "seq": .integer(row.seq), "at": JSON(Instant(seconds: row.at).description), "officer": JSON(row.officer),
      "act": JSON(row.act), "subject": JSON(row.subject), "outcome": JSON(row.outcome.rawValue),
      "detail": JSON(row.detail), "previous": JSON(Hex.encode(row.previous)),
    ]
    return SHA2.sha256(content.canonical())
  }

  /// The row after `last`: its digest covers the one before.
  static func row(
    after last: AuditRecord?,
    at now: Instant,
    officer: String,
    act: AuditedAct,
    sign: ([UInt8]) throws -> [UInt8]?
  ) throws -> AuditRecord {
    var row = AuditRecord(
      seq: (last?.seq ?? 0) + 1,
      at: now.seconds,
      officer: officer,
      act: act.action.rawValue,
      subject: act.subject,
      outcome: act.outcome,
      detail: String(decoding: act.detail.canonical(), as: UTF8.self),
      previous: last?.digest ?? [UInt8](repeating: 0, count: 32)
    )
    row.digest = digest(of: row)
    row.signature = try sign(row.digest)
    return row
  }

  /// As `khatm audit export` writes it, one object a line.
  package static func json(_ row: AuditRecord) -> JSON {
    [
      "seq": .integer(row.seq), "at": JSON(Instant(seconds: row.at).description), "officer": JSON(row.officer),
      "act": JSON(row.act), "subject": JSON(row.subject),
      "outcome": JSON(row.outcome.rawValue), "detail": JSON(row.detail), "previous": JSON(Hex.encode(row.previous)),
      "digest": JSON(Hex.encode(row.digest)),
      "signature": row.signature.map { JSON(Base64URL.encode($0)) } ?? .null,
    ]
  }

  /// What going through the trail found.
  package struct Findings: Sendable {
    package var rows: Int64 = 0, refused: Int64 = 0
    /// Refused attempts of somebody who could not open the key of the officer named.
    package var unsigned: Int64 = 0
    package var head: [UInt8] = [UInt8](repeating: 0, count: 32)
    /// The newest head that the public log names, and whether the trail still holds it.
    package var anchored: Int64?
    package var complaints: [(row: Int64, what: String)] = []
  }
}

extension RegistryReader {
  /// Rows read at once.
  private static let auditPage = 5_000
  /// A trail that is wrong from some row on is wrong in every row after it: the first complaints tell enough.
  private static let mostComplaints = 50

  /// Goes through the whole trail: digests, chain, times, signatures, and that each officer was in office.
  package func verifyAudit() throws -> AuditTrail.Findings {
    var findings = AuditTrail.Findings()
    var officers: [String: (officer: Officer, key: PublicKey)] = [:]
    for officer in try registry.officers.all() {
      officers[officer.name] = (officer, try PublicKey(subjectPublicKeyInfo: officer.publicKey))
    }
    let logKeys = try registry.keys.all(chamber: nil).filter { $0.purpose == .log }.map {
      try PublicKey(subjectPublicKeyInfo: $0.publicKey)
    }
    var previous = findings.head
    var at = Int64.min
    while findings.complaints.count < Self.mostComplaints {
      let page = try registry.log.audit(after: findings.rows, limit: Self.auditPage)
      if page.isEmpty { break }
      for row in page where findings.complaints.count < Self.mostComplaints {
        func complain(_ what: String) { findings.complaints.append((row.seq, what)) }
        findings.rows += 1
        if row.seq != findings.rows {
          complain("a row is missing before it")
          findings.rows = row.seq
        }
        if row.previous != previous { complain("it does not follow the row before it") }
        if AuditTrail.digest(of: row) != row.digest { complain("its content was changed") }
        if row.at < at { complain("it is dated before the row before it") }
        if row.outcome == .refused { findings.refused += 1 }
        if let signature = row.signature {
          let keys: [PublicKey]
          if row.officer == ActingOfficer.registrarName {
            keys = logKeys
          } else {
            keys = officers[row.officer].map { [$0.key] } ?? []
            if let known = officers[row.officer]?.officer, row.at < known.addedAt || row.at > known.removedAt ?? .max {
              complain("\(row.officer) was not in office")
            }
          }
          let message = SigningContext.audit.message(row.digest)
          if try !keys.contains(where: { try $0.verifies(signature, over: message, algorithm: .eddsa) }) {
            complain("it is not signed by \(row.officer)")
          }
        } else if row.outcome == .refused {
          findings.unsigned += 1
        } else {
          complain("it is not signed")
        }
        previous = row.digest
        at = row.at
      }
    }
    findings.head = previous
    try compareOfficers(officers.values.map(\.officer), &findings)
    return findings
  }

  /// An officer whose key no signed row introduced was slipped in beside the trail.
  private func compareOfficers(_ officers: [Officer], _ findings: inout AuditTrail.Findings) throws {
    var introduced: [String: String] = [:]
    var after: Int64 = 0
    while true {
      let page = try registry.log.audit(after: after, limit: Self.auditPage)
      guard let last = page.last else { break }
      for row in page where row.action == .officerAdd && row.outcome == .done {
        introduced[row.subject] = try JSONObject.parse(Array(row.detail.utf8))["key"]?.string
      }
      after = last.seq
    }
    for officer in officers where introduced[officer.name] != Hex.encode(SHA2.sha256(officer.publicKey)) {
      findings.complaints.append((0, "the officer \(officer.name) was never added by the registrar"))
    }
  }

  /// The trail as one JSON object a line, in pages.
  package func exportAudit(after seq: Int64 = 0, _ write: ([UInt8]) throws -> Void) throws {
    var after = seq
    while true {
      let page = try registry.log.audit(after: after, limit: Self.auditPage)
      guard let last = page.last else { return }
      try write(page.flatMap { AuditTrail.json($0).canonical() + [0x0A] })
      after = last.seq
    }
  }
}
