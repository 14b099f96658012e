internal import Encodings
internal import PKI
internal import Registry
internal import Sheets
internal import Vocabulary

/// The report of a bulk run: every row of its requests with how it ended, as CSV for people and JSON for programs, the
/// JSON naming the CSV's digest and signed by whoever ran it.
package struct RunReport: Sendable {
  package let json: [UInt8], csv: [UInt8]
  /// `NAME.json`, `NAME.csv`, `NAME.sig` in the home's `reports/`.
  package let path: String
}

/// Signed reports of bulk runs.
package struct RunReporter: Service {
  let session: AuthoritySession

  /// Writes the report of requests that were carried out, waiting rows included: a run that was cut off says so.
  package func writeReport(_ requests: [Int64]) throws -> RunReport? {
    guard let first = requests.first else { return nil }
    var sheet = CSVWriter(headings: [
      "request", "row", "member", "what", "outcome", "certificate", "replaces", "reason", "refusal", "at",
    ])
    var rows: [JSON] = []
    var heads: [JSON] = []
    var counts: [RowOutcome: Int] = [:]
    for number in requests {
      guard let record = try registry.requests.find(number) else { continue }
      heads.append([
        "request": .integer(number), "act": JSON(record.act.rawValue), "chamber": JSON(record.chamber),
        "programme": JSON(record.programme),
        "digest": JSON(Hex.encode(record.digest)), "state": JSON(record.state.rawValue),
        "requestedBy": JSON(record.requestedBy),
        "officers": .array(try registry.requests.approvals(of: number).map { JSON($0.officer.name) }),
      ])
      for row in try registry.requests.reportRows(of: number) {
        counts[row.outcome, default: 0] += 1
        let at = row.at.map { Instant(seconds: $0).description } ?? ""
        sheet.append([
          "\(number)", "\(row.row)", row.member, row.disposition.rawValue, row.outcome.rawValue, row.id ?? "",
          row.replaces ?? "", row.reason,
          row.refusal ?? "", at,
        ])
        rows.append(
          .object([
            "request": .integer(number), "row": .integer(row.row), "member": JSON(row.member),
            "what": JSON(row.disposition.rawValue),
            "outcome": JSON(row.outcome.rawValue),
            "certificate": row.id.map { JSON($0) } ?? .null, "replaces": row.replaces.map { JSON($0) } ?? .null,
            "reason": JSON(row.reason),
            "refusal": row.refusal.map { JSON($0) } ?? .null, "at": JSON(at),
          ])
        )
      }
    }
    var totals = JSONObject()
    for (name, count) in counts { totals[Text(name.rawValue)] = .integer(Int64(count)) }
    let json = JSONObject([
      "format": "khatm-report/1", "authority": JSON(authority.host), "madeAt": JSON(now.description),
      "madeBy": JSON(officer),
      "counts": .object(totals), "requests": .array(heads), "rows": .array(rows),
      "csvSha256": JSON(Hex.encode(SHA2.sha256(sheet.bytes))),
    ]).canonical()
    let base = home.reportsPath + "/request-\(first)"
    try Files.replace(base + ".csv", with: sheet.bytes, mode: 0o600)
    try Files.replace(base + ".json", with: json, mode: 0o600)
    try Files.replace(
      base + ".sig",
      with: Array(Base64URL.encode(try session.sign(SHA2.sha256(json), context: .report)).utf8) + [0x0A],
      mode: 0o600
    )
    return RunReport(json: json, csv: sheet.bytes, path: base)
  }
}

extension RegistryReader {
  /// Whether the report at `NAME` (`NAME.json`, `NAME.csv`, `NAME.sig`) is as the officer it names signed it. Returns
  /// that officer.
  package func verifyReport(json: [UInt8], csv: [UInt8], signature: [UInt8]) throws -> String {
    let object = try JSONObject.parse(json, limits: IssuePlan.limits)
    guard let name = object["madeBy"]?.string, object["csvSha256"]?.string == Hex.encode(SHA2.sha256(csv)) else {
      throw ActRejection(.reportChanged, subject: "csv")
    }
    let keys: [[UInt8]] =
      name == ActingOfficer.registrarName
      ? try registry.keys.all(chamber: nil).filter { $0.purpose == .log }.map(\.publicKey)
      : try registry.officers.find(name).map { [$0.publicKey] } ?? []
    let text = signature.prefix { $0 != 0x0A }
    guard let bytes = Base64URL.decode(text),
      try keys.contains(where: {
        try PublicKey(subjectPublicKeyInfo: $0).verifies(
          bytes,
          over: SigningContext.report.message(SHA2.sha256(json)),
          algorithm: .eddsa
        )
      })
    else { throw ActRejection(.reportChanged, subject: "signature") }
    return name
  }
}
