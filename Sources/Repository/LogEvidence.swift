internal import Directory
internal import Encodings
internal import TransparencyLog
internal import Verification

extension PublishedRepository {
  /// A living authority renews its status lists every few hours, and each version is an entry: a log without one for a
  /// day is an old copy.
  private static let livingSeconds: Int64 = 86_400

  /// What is known of a credential's place in the log of its authority, ours or a neighbour's.
  /// - Parameters:
  ///   - record: of the credential, where the caller has it already.
  ///   - logged: where an earlier decision found it.
  func logEvidence(
    of credential: AuthenticatedCredential,
    record: PublicRecord?,
    logged: VerifiedLogPlace?,
    _ trust: CurrentTrust,
    at now: Instant
  ) -> LogEvidence {
    let own = (folder: self, trust: trust.snapshot.trust)
    for (folder, trust) in [own] + trust.neighbours.map({ ($0.folder, $0.snapshot.trust) }) {
      guard let head = folder.logReader.head(trust), credential.isLogged(by: head) else { continue }
      if let logged { return .found(logged, under: head) }
      return folder.entry(of: credential, record: folder === self ? record : nil, trust, at: now)
    }
    return .unavailable
  }

  /// The entry that our directory names.
  private func entry(
    of credential: AuthenticatedCredential,
    record: PublicRecord?,
    _ trust: Trust,
    at now: Instant
  ) -> LogEvidence {
    let found: PublicRecord
    do throws(DirectoryFailure) {
      var held = record
      if held == nil, let id = credential.facts.credentialID { held = try self.record(id: id) }
      guard let held else { return mayBeOlder(than: credential.signedAt, at: now) ? .unavailable : .absent }
      found = held
    } catch { return .unavailable }
    guard let place = found.leaf else { return .absent }
    guard let leaf = UInt64(exactly: place), let (proof, head) = logReader.proof(leaf: leaf, salt: found.salt, trust)
    else { return .unavailable }
    return .entry(proof, under: head, token: found.token)
  }

  /// Whether this folder may have been brought up to date before a credential was signed, so that it says nothing that
  /// it does not know it. A copy made by `khatm mirror` knows what was there at its last run; any other folder is the
  /// one that is published, unless its log stands still.
  private func mayBeOlder(than signedAt: Instant, at now: Instant) -> Bool {
    guard let newest = logReader.newestEntry else { return true }
    if isNeighbour { return signedAt >= newest }
    guard signedAt > newest else { return false }
    if let copied = copiedAt { return signedAt > copied }
    return now.seconds - newest.seconds > Self.livingSeconds
  }

  /// The proof that stands behind a decision (C2SP tlog-proof); nil without one.
  func proof(for decision: Decision, record: PublicRecord?, _ trust: Trust) -> [UInt8]? {
    guard let place = decision.log else { return nil }
    var held = record
    if held == nil, let id = decision.credential?.credentialID {
      do throws(DirectoryFailure) {
        held = try self.record(id: id)
      } catch {
        return nil
      }
    }
    guard let record = held, record.leaf == Int64(exactly: place.leaf) else { return nil }
    return logReader.proof(leaf: place.leaf, salt: record.salt, trust)?.proof.bytes
  }
}
