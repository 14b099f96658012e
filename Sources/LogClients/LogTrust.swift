package import Credentials
package import Encodings
package import PKI
package import TransparencyLog
internal import Verification

/// What the anchor vouches for: the list of chambers, and by it the log's keys.
package struct LogTrust: Sendable {
  package let anchor: Certificate
  package let list: TrustList
  /// The token that `list` was read from.
  package let token: [UInt8]
  package let policy: LogPolicy
  /// Of badge links and status lists.
  package let host: String

  /// - Parameters:
  ///   - witnesses: keys of which `quorum` must stand under a checkpoint, besides the log's own.
  /// Throws `.trustList`; the time of the list is the caller's to look at.
  package init(anchor: Certificate, token: [UInt8], witnesses: [VerifierKey] = [], quorum: Int = 0)
    throws(FollowFailure)
  {
    do throws(TrustListRejection) {
      list = try TrustList.read(token, root: anchor.publicKey, rootSHA256: anchor.sha256)
    } catch { throw .trustList(why: error.words) }
    guard let host = list.issuer.dropping(prefix: "https://")?.string else {
      throw .trustList(why: "its issuer is no https address")
    }
    self.anchor = anchor
    self.token = token
    self.host = host
    policy = try Self.policy(of: list, host: host, witnesses: witnesses, quorum: quorum)
  }

  private static func policy(of list: TrustList, host: String, witnesses: [VerifierKey], quorum: Int)
    throws(FollowFailure) -> LogPolicy
  {
    var keys: [VerifierKey] = []
    for text in list.logKeys {
      do throws(LogRejection) {
        let key = try VerifierKey(text.string)
        // The keys of one log; an authority that had several would list each under its own origin.
        if key.kind == .ed25519, key.name == keys.first?.name ?? key.name { keys.append(key) }
      } catch { continue }  // a key of a later kind is for later readers
    }
    guard let origin = keys.first?.name else { throw .trustList(why: "it names no log") }
    do throws(LogRejection) {
      return try LogPolicy(origin: origin, logKeys: keys, witnesses: witnesses, quorum: quorum)
    } catch { throw .log(error) }
  }

  package static func certificate(pem: [UInt8]) throws(FollowFailure) -> Certificate {
    do throws(CertificateRejection) {
      return try Certificate(pem: pem)
    } catch {
      throw .malformed(what: "the anchor", why: error.words)
    }
  }

  /// Reads the trust list of a source. `anchor`: PEM; nil: the source's own `certs/root.pem`, which proves only that it
  /// agrees with itself.
  package static func read(_ source: PublicSource, anchor: [UInt8]?, witnesses: [VerifierKey] = [], quorum: Int = 0)
    throws(FollowFailure) -> LogTrust
  {
    let pem: [UInt8]
    if let anchor { pem = anchor } else { pem = try source.require("certs/root.pem", limit: 1 << 16) }
    return try LogTrust(
      anchor: try certificate(pem: pem),
      token: try source.require(PublicFiles.trustList, limit: TrustList.maxTokenBytes),
      witnesses: witnesses,
      quorum: quorum
    )
  }

  /// The rules under which a programme's credentials were issued.
  package func rule(_ programme: Text) -> TrustList.ProgrammeRule? { list.programme(programme) }
}
