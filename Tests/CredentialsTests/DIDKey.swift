import Credentials
import Encodings
import PKI

/// `did:key:z…#z…`, as the vectors of Data Integrity name their keys. It names a key and nobody: never an issuer.
enum DIDKey {
  /// Nil for another method, and where the fragment does not repeat the key byte for byte.
  static func key(of verificationMethod: Text) throws(MultikeyRejection) -> PublicKey? {
    guard let rest = verificationMethod.dropping(prefix: "did:key:")?.bytes else { return nil }
    let parts = rest.split(separator: UInt8(ascii: "#"), omittingEmptySubsequences: false)
    guard parts.count == 2, parts[0] == parts[1], let key = Text(validating: parts[0]) else { return nil }
    return try Multikey.decode(key)
  }

  static func verificationMethod(of key: PublicKey) throws(MultikeyRejection) -> Text {
    let multikey = try Multikey.encode(key)
    return Text("did:key:\(multikey)#\(multikey)")
  }
}
