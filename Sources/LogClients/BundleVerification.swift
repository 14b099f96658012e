internal import Credentials
package import Encodings
internal import Messages
package import PKI
package import Storefronts
package import Verification

extension CredentialBundle {
  /// Judges a credential by its bundle alone: no network, no folder.
  ///
  /// - Parameters:
  ///   - anchors: roots from configuration. The one in the bundle is none of them unless the caller puts it there.
  ///   - page: address where the badge was seen; nil: not stated.
  ///   - newestSequence: highest number of this trust list that the caller ever saw.
  /// Throws a refusal when the page cannot be read as an address.
  package func verify(anchors: [Certificate], page asked: String? = nil, newestSequence: Int64? = nil, at now: Instant)
    throws(AddressRejection) -> Decision
  {
    let trust = Trust(
      anchors: anchors,
      files: TrustFiles(trustList: trustList, certificates: certificates, crls: crls, platforms: platforms),
      newestSequence: newestSequence
    )
    let host: String
    if case .success(let list) = trust.list, let named = list.issuer.dropping(prefix: "https://") {
      host = named.string
    } else {
      host = ""
    }
    let verifier = Verifier(TrustSnapshot(trust: trust, host: host))
    var page: RequestedPage?
    if let asked {
      page = RequestedPage(
        asked: asked,
        address: try PageAddress.read(Array(asked.utf8), platforms: trust.platforms ?? .empty)
      )
    }
    let expected: CredentialID
    do throws(CredentialIDRejection) {
      expected = try CredentialID(reading: id)
    } catch {
      return verifier.rejected(
        Reason(.malformed, [.init("where", "id"), .init("what", "not a certificate number")]),
        authenticity: .malformed,
        page: page,
        at: now
      )
    }
    let request = DecisionRequest(expected: expected, page: page)
    let caches = AuthenticationCaches()
    do throws(TokenRejection) {
      let credential = try verifier.authenticate(token, at: now, using: caches)
      var evidence = Evidence(under: verifier.snapshot)
      // Without a proof nothing is known of the log; a programme that must be logged then cannot be told to be genuine.
      evidence.log = proof.map { .proof($0) } ?? .unavailable
      evidence.statement = statement.flatMap { verifier.read(statement: $0, of: credential, at: now, using: caches) }
      for url in credential.statusLists {
        evidence.statusLists[url] = statusLists[url].map {
          verifier.read(statusList: $0, url: url, at: now, using: caches)
        }
      }
      return verifier.decide(credential, request, evidence: evidence, at: now)
    } catch {
      return verifier.decide(error, request, at: now)
    }
  }
}
