internal import Credentials
internal import Directory
package import Encodings
internal import PKI
internal import TransparencyLog

/// One file that proves everything about a credential offline: token, status lists, the chamber's statement, the proof
/// from the log with its checkpoint, the list of chambers, certificates, CRLs, platform table.
///
/// Nothing in it is believed for standing beside the rest: each part is signed, and is tied to the others by the
/// verifier.
package struct CredentialBundle: Hashable, Sendable {
  package static let format = "khatm-bundle/1"
  /// Two status lists of 16 million bits, a trust list of the largest size, and the rest.
  package static let maxBytes = 32 << 20
  static let maxParts = 64

  package var id: String
  package var token: [UInt8]
  /// By address.
  package var statusLists: [Text: [UInt8]] = [:]
  package var statement: [UInt8]?
  /// C2SP tlog-proof, with entry, salt and checkpoint in it; nil for a certificate that was not logged, which its
  /// programme must allow.
  package var proof: [UInt8]?
  package var trustList: [UInt8]
  /// DER.
  package var certificates: [[UInt8]] = []
  package var crls: [[UInt8]] = []
  package var platforms: [UInt8]?
  /// The root as the folder has it, PEM: for people to compare with a printed fingerprint. It proves nothing.
  package var root: [UInt8]

  package var json: JSONObject {
    var lists = JSONObject()
    for (url, token) in statusLists { lists[url] = Self.text(token) }
    return JSONObject([
      "format": JSON(Self.format), "id": JSON(id), "token": Self.text(token), "statusLists": .object(lists),
      "statement": statement.map(Self.text),
      "proof": proof.map(Self.text), "trustList": Self.text(trustList),
      "certificates": .array(certificates.map { JSON(Base64.encode($0)) }),
      "crls": .array(crls.map { JSON(Base64.encode($0)) }), "platforms": platforms.map { JSON(Base64.encode($0)) },
      "root": Self.text(root),
    ])
  }
  package var bytes: [UInt8] { json.canonical() + [0x0A] }

  private static func text(_ bytes: [UInt8]) -> JSON { JSON(String(decoding: bytes, as: UTF8.self)) }

  /// Reads the form, strictly; nothing is verified.
  package static func parse(_ bytes: [UInt8]) throws(FollowFailure) -> CredentialBundle {
    let object: JSONObject
    do throws(JSONRejection) {
      object = try JSONObject.parse(bytes, limits: JSONLimits(maxBytes: maxBytes, maxDepth: 4, maxMembers: maxParts))
    } catch {
      throw .malformed(what: "the bundle", why: error.words)
    }
    func wrong(_ member: String) -> FollowFailure { .malformed(what: "the bundle", why: member) }
    guard object["format"]?.text == Text(format) else { throw wrong("format") }
    let known: Set<Text> = [
      "format", "id", "token", "statusLists", "statement", "proof", "trustList", "certificates", "crls", "platforms",
      "root",
    ]
    if let other = object.names.first(where: { !known.contains($0) }) { throw wrong(other.string) }
    guard let id = object["id"]?.string, let token = object["token"]?.text?.bytes,
      let trustList = object["trustList"]?.text?.bytes, let root = object["root"]?.text?.bytes,
      let lists = object["statusLists"]?.object
    else { throw wrong("id, token, statusLists, trustList or root") }
    var bundle = CredentialBundle(id: id, token: token, trustList: trustList, root: root)
    for list in lists.members {
      guard let text = list.value.text else { throw wrong("statusLists") }
      bundle.statusLists[list.name] = text.bytes
    }
    if let statement = object["statement"] {
      guard let text = statement.text else { throw wrong("statement") }
      bundle.statement = text.bytes
    }
    if let proof = object["proof"] {
      guard let text = proof.text else { throw wrong("proof") }
      bundle.proof = text.bytes
    }
    func parts(_ name: Text) throws(FollowFailure) -> [[UInt8]] {
      guard let items = object[name]?.array, items.count <= maxParts else { throw wrong(name.string) }
      var parts: [[UInt8]] = []
      for item in items {
        guard let decoded = item.text.flatMap({ Base64.decode($0.bytes) }) else { throw wrong(name.string) }
        parts.append(decoded)
      }
      return parts
    }
    bundle.certificates = try parts("certificates")
    bundle.crls = try parts("crls")
    if let platforms = object["platforms"] {
      guard let decoded = platforms.text.flatMap({ Base64.decode($0.bytes) }) else { throw wrong("platforms") }
      bundle.platforms = decoded
    }
    return bundle
  }
}

extension PublishedLog {
  /// Collects what proves one credential. The proof is verified; the rest is judged by whoever verifies the bundle.
  package func bundle(of id: CredentialID) throws(FollowFailure) -> CredentialBundle {
    let source = source
    return try withView(indexed: false) { (view) throws(FollowFailure) in
      guard let record = try view.record(id: id.description) else { throw .credentialUnknown(id: id.description) }
      // What was never logged has no proof; whether that is allowed is for whoever verifies.
      let proof = try record.leaf.map { (_) throws(FollowFailure) in
        try LogProofs.proof(for: record, reader: view.reader, checkpoint: view.checkpoint)
      }
      let credential: MembershipCredential
      do {
        credential = try MembershipCredential(payload: try JSONObject.parse(record.payload))
      } catch {
        throw .recordWrong(id: record.id, why: "\(error)")
      }
      var bundle = CredentialBundle(
        id: record.id,
        token: record.token,
        proof: proof?.bytes,
        trustList: view.trust.token,
        root: Array(view.trust.anchor.pem.utf8)
      )
      bundle.statement = record.statement
      for entry in credential.statusEntries {
        guard let path = PublicFiles.statusPath(of: entry.list, host: view.trust.host) else {
          throw .recordWrong(id: record.id, why: "its status list is elsewhere")
        }
        bundle.statusLists[entry.list] = try source.require(path, limit: PublicFiles.maxListBytes)
      }
      bundle.platforms = try source.read(PublicFiles.platforms, limit: PublicFiles.maxListBytes)
      // The chain of the token, and the CRLs of root and chamber: those whose issuer stands in it.
      let chain: [[UInt8]]
      do throws(CompactTokenRejection) {
        chain = try CompactJWS.parse(record.token).certificateChain() ?? []
      } catch {
        throw .recordWrong(id: record.id, why: "it is not a signed token")
      }
      bundle.certificates = chain
      var issuers: Set<String> = [view.trust.anchor.subject]
      for der in chain {
        do throws(CertificateRejection) {
          issuers.insert(try Certificate(der: der).subject)
        } catch {
          throw .recordWrong(id: record.id, why: "a certificate of its chain: \(error.words)")
        }
      }
      for name in DurableFiles.names(in: "\(folder)/crl") where Text(name).hasSuffix(".crl") {
        guard let der = try source.read("crl/\(name)", limit: PublicFiles.maxCRLBytes) else { continue }
        do throws(RevocationListRejection) {
          if issuers.contains(try RevocationList(der: der).issuer) { bundle.crls.append(der) }
        } catch { continue }
      }
      return bundle
    }
  }
}
