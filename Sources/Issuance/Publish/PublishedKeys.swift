internal import Credentials
internal import Encodings
internal import Foundation
internal import PKI
internal import Profiles
internal import Registry
internal import Storefronts
internal import Vocabulary

extension Publisher {
  /// Certificates, key documents, the platform table, the context: what changes only with the chambers.
  func keyFiles() throws -> [PendingFile] {
    var files: [PendingFile] = []
    func add(_ path: String, _ bytes: [UInt8]) { files.append(PendingFile(path: path, bytes: bytes, due: Self.never)) }
    for record in try registry.keys.all(chamber: nil) where record.purpose == .root {
      guard let der = record.certificate else { continue }
      add("certs/root.pem", Array(try Certificate(der: der).pem.utf8))
      add("certs/root.cer", der)
    }
    for chamber in try registry.keys.chambers() {
      let records = try registry.keys.all(chamber: chamber.slug)
      for record in records {
        guard let der = record.certificate else { continue }
        let name = "certs/" + record.file.replacingOccurrences(of: ".key.pem", with: "")
        add(name + ".pem", Array(try Certificate(der: der).pem.utf8))
        add(name + ".cer", der)
      }
      // Signers first: a reader that takes the first method of the document takes what signs the primary form.
      let listed = records.filter { $0.purpose == .signer } + records.filter { $0.purpose != .signer }
      let methods = try listed.filter { $0.state != .revoked }.compactMap { record in
        let key = try PublicKey(subjectPublicKeyInfo: record.publicKey)
        guard record.purpose != .dataIntegrity else {
          return try DIDDocument.VerificationMethod(did: Text(chamber.did), multikey: key)
        }
        return record.listedAlgorithm.map {
          DIDDocument.VerificationMethod(did: Text(chamber.did), jwk: key, algorithm: $0)
        }
      }
      let document = DIDDocument(
        id: Text(chamber.did),
        alsoKnownAs: [Text("https://\(chamber.domain)/")],
        methods: methods
      )
      add("did/\(chamber.domain)/did.json", document.json.canonical())
      // The address of one JWK, which the `kid` of an Open Badges envelope must answer (Open Badges 3.0, 8.2).
      for record in records where [.signer, .openBadge].contains(record.purpose) && record.state != .revoked {
        let key = try PublicKey(subjectPublicKeyInfo: record.publicKey)
        add("keys/\(JWK.thumbprint(of: key))", JSON.object(JWK(publicKey: key).json).canonical())
      }
    }
    add("platforms.json", platforms.json())
    add("ns/membership/v1", MembershipContext.bytes(host: Text(authority.host)))
    add(
      "authority.json",
      JSON.object(
        JSONObject(["host": JSON(authority.host), "name": JSON(authority.name), "log": JSON(authority.logOrigin)])
      )
      .canonical()
    )
    return files
  }
}
