package import Encodings
internal import Registry
internal import Vocabulary

/// Why a report of misuse is closed; the audit trail carries the code.
package enum MisuseOutcome: String, CaseIterable, Sendable {
  /// Something was done: a certificate was paused or withdrawn, a marketplace told, a page taken down.
  case acted
  case noMisuse = "no_misuse"
  case duplicate, unclear, spam
}

extension LifecycleManager {
  /// Records who closed a report, when and why. The report itself lies in a folder outside the home; its digest ties
  /// the two together.
  /// - Parameter id: of the certificate reported. A report on a number of no chamber here is the registrar's.
  package func recordMisuseClosed(
    _ reference: String,
    credential id: CredentialID,
    kind: String,
    digest: [UInt8],
    outcome: MisuseOutcome,
    note: String
  ) throws {
    let act = AuditAction.misuseClose
    if let record = try registry.credentials.find(id: id.description) {
      try session.require(
        .clerk,
        .approver,
        chamber: record.chamber,
        act: act,
        subject: reference,
        programme: record.programme
      )
    } else {
      try session.requireRegistrar(act: act, subject: reference)
    }
    let detail: JSON = [
      "certificate": JSON(id.description), "kind": JSON(kind), "reason": JSON(outcome.rawValue), "note": JSON(note),
      "report": JSON(Hex.encode(digest)),
    ]
    try session.record(.init(act, on: reference, detail: detail))
  }
}
