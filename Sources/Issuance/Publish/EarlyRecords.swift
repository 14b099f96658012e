internal import Directory
internal import Dispatch
internal import Encodings
internal import Foundation
internal import Registry
internal import Synchronization

/// What the directory holds of a certificate beside its token, read from the signed bytes: names, pages, register
/// number. No rule of a credential is asked here: one that a later version would refuse must not keep the others, and
/// their withdrawals, from being published.
struct RecordFacts: Sendable {
  let registerID: String, names: [String], pageKeys: [String]

  init(_ payload: FlatJSON) {
    (registerID, names, pageKeys) = payload.read { payload in
      let subject = payload["credentialSubject"]
      let organization = subject?["memberOrganization"]
      let person = subject?["memberPerson"]
      let people = [person?["personName"]?.string, person?["representativeName"]?.string].compactMap(\.self)
      return (
        organization?["organizationIdentifier"]?.string ?? "",
        people + (organization?["legalNameText"]?.items.compactMap { $0["@value"]?.string } ?? []),
        organization?["storefronts"]?.items.compactMap { $0["key"]?.string } ?? []
      )
    }
  }
}

/// Writes the records of certificates into the directory while a long run goes on, each after the commit that issued
/// it. Publishing waits for them, and writes what is not among them.
///
/// A record may be there before its entry is in the published log: then a reader cannot tell yet, as between directory
/// and checkpoint of any publication, and a run that is cut off leaves nothing that the next publication would not
/// write.
final class EarlyRecords: Sendable {
  typealias Entry = (seq: Int64, record: PublicRecord)
  private let directory: DirectoryFile
  private let queue = DispatchQueue(label: "khatm.records")
  private let state = Mutex<(given: Set<Int64>, failure: DirectoryFailure?)>(([], nil))

  init(_ directory: DirectoryFile) { self.directory = directory }

  /// Numbers of all credentials whose records were given.
  var given: Set<Int64> { state.withLock { $0.given } }

  /// From one thread, in the order of the commits.
  func add(_ entries: [Entry]) {
    state.withLock { $0.given.formUnion(entries.map(\.seq)) }
    let records = entries.map(\.record)
    queue.async { [self] in
      guard state.withLock({ $0.failure == nil }) else { return }
      do throws(DirectoryFailure) {
        try directory.put(records)
      } catch {
        state.withLock { $0.failure = error }
      }
    }
  }

  func wait() { queue.sync {} }

  /// Waits; throws what went wrong on the way, once and for all: what a failed write left is not written over.
  func finish() throws(DirectoryFailure) {
    wait()
    if let failure = state.withLock({ $0.failure }) { throw failure }
  }

  /// The record of a certificate that was issued at `leaf`.
  static func entry(_ one: ReservedDraft, _ signed: SignedToken, leaf: Int64) -> Entry {
    let draft = one.draft
    return (
      one.placement.seq,
      PublicRecord(
        id: draft.id.description,
        header: signed.parts.header,
        payload: signed.parts.payload,
        signature: signed.parts.signature,
        chamber: draft.credential.chamber,
        programme: draft.credential.programme,
        registerID: signed.facts.registerID,
        names: signed.facts.names,
        validUntil: draft.credential.validUntil,
        statement: nil,
        leaf: leaf,
        salt: draft.credential.salt,
        replacedBy: nil,
        pageKeys: signed.facts.pageKeys
      )
    )
  }
}

extension AuthoritySession {
  /// Nil if there is no directory. The next publication rebuilds it completely.
  func openEarlyRecords() throws -> EarlyRecords? {
    let path = "\(home.publicPath)/directory.sqlite"
    if earlyRecords == nil, FileManager.default.fileExists(atPath: path) {
      earlyRecords = EarlyRecords(try DirectoryFile.writable(at: path))
    }
    return earlyRecords
  }
}
