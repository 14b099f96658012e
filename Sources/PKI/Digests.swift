internal import COpenSSL

/// Digests are fetched once: by name, or through `EVP_sha256()`, each use fetches anew under a lock that all threads
/// share.
enum Digest {
  nonisolated(unsafe) static let sha256 = fetch("SHA256")  // EVP_MD is immutable once fetched
  nonisolated(unsafe) static let sha384 = fetch("SHA384")  // as above
  nonisolated(unsafe) static let sha512 = fetch("SHA512")  // only in signatures of other people's certificates

  private static func fetch(_ name: String) -> OpaquePointer {
    guard let digest = EVP_MD_fetch(nil, name, nil) else {
      preconditionFailure("OpenSSL has no \(name)")  // PKIStartup.check refused to start without it
    }
    return digest
  }

  /// One call of OpenSSL. `length`: bytes that this digest gives.
  static func hash(_ bytes: [UInt8], _ digest: OpaquePointer, length: Int) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: length) { out, count in
      guard EVP_Digest(bytes, bytes.count, out.baseAddress, nil, digest, nil) == 1 else {
        preconditionFailure("EVP_Digest")  // only for want of memory
      }
      count = length
    }
  }
}

/// SHA-2 (FIPS 180-4).
public enum SHA2 {
  /// 32 bytes.
  public static func sha256(_ bytes: [UInt8]) -> [UInt8] { Digest.hash(bytes, Digest.sha256, length: 32) }
  /// 48 bytes.
  public static func sha384(_ bytes: [UInt8]) -> [UInt8] { Digest.hash(bytes, Digest.sha384, length: 48) }
}

/// SHA-256 of bytes that come in pieces.
public struct SHA256: ~Copyable {
  private let context: OpaquePointer

  public init() {
    guard let context = EVP_MD_CTX_new(), EVP_DigestInit_ex2(context, Digest.sha256, nil) == 1 else {
      preconditionFailure("EVP_DigestInit_ex2")  // only for want of memory
    }
    self.context = context
  }

  deinit { EVP_MD_CTX_free(context) }

  /// Adds bytes; without a copy where they lie in one piece.
  public mutating func update(_ bytes: some Sequence<UInt8>) {
    let done: Int32? = bytes.withContiguousStorageIfAvailable { EVP_DigestUpdate(context, $0.baseAddress, $0.count) }
    if done == 1 { return }
    let copy = Array(bytes)
    guard done == nil, EVP_DigestUpdate(context, copy, copy.count) == 1 else {
      preconditionFailure("EVP_DigestUpdate")  // cannot fail once initialised
    }
  }

  /// The digest of all bytes so far, 32 bytes; the state is used up.
  public consuming func finish() -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: 32) { out, count in
      guard EVP_DigestFinal_ex(context, out.baseAddress, nil) == 1 else {
        preconditionFailure("EVP_DigestFinal_ex")  // cannot fail once initialised
      }
      count = 32
    }
  }
}

/// HMAC-SHA-256 (RFC 2104), 32 bytes.
public func hmacSHA256(key: [UInt8], message: [UInt8]) -> [UInt8] {
  [UInt8](unsafeUninitializedCapacity: 32) { out, count in
    // An empty key needs an address all the same: with nil OpenSSL goes on with the key of the last call.
    let done =
      key.isEmpty
      ? HMAC(Digest.sha256, [0], 0, message, message.count, out.baseAddress, nil)
      : HMAC(Digest.sha256, key, Int32(clamping: key.count), message, message.count, out.baseAddress, nil)
    guard done != nil else {
      preconditionFailure("HMAC")  // only for want of memory
    }
    count = 32
  }
}

/// Random bytes of the operating system's quality.
public func secureRandomBytes(_ count: Int) throws(OpenSSLFailure) -> [UInt8] {
  ERR_clear_error()
  var bytes = [UInt8](repeating: 0, count: count)
  guard count == 0 || RAND_bytes(&bytes, Int32(clamping: count)) == 1, count <= Int32.max else {
    throw .drain("RAND_bytes")
  }
  return bytes
}

/// Overwrites a secret so that the compiler cannot leave it out. Copies made before are not reached.
public func wipe(_ secret: inout [UInt8]) {
  secret.withUnsafeMutableBytes { OPENSSL_cleanse($0.baseAddress, $0.count) }
  secret = []
}

/// SHA-256 of messages that begin alike: the beginning is hashed once.
public final class SHA256Prefix: Sendable {
  nonisolated(unsafe) private let context: OpaquePointer  // copied, never changed

  /// Hashes the beginning once.
  public init(_ beginning: some Sequence<UInt8>) {
    let bytes = Array(beginning)
    guard let context = EVP_MD_CTX_new(), EVP_DigestInit_ex2(context, Digest.sha256, nil) == 1,
      EVP_DigestUpdate(context, bytes, bytes.count) == 1
    else {
      preconditionFailure("EVP_DigestInit_ex2")  // only for want of memory
    }
    self.context = context
  }

  deinit { EVP_MD_CTX_free(context) }

  /// Of the beginning and this, 32 bytes.
  public func digest(of rest: ArraySlice<UInt8>) -> [UInt8] {
    guard let copy = EVP_MD_CTX_new(), EVP_MD_CTX_copy_ex(copy, context) == 1 else {
      preconditionFailure("EVP_MD_CTX_copy_ex")
    }  // only for want of memory
    defer { EVP_MD_CTX_free(copy) }
    return [UInt8](unsafeUninitializedCapacity: 32) { out, count in
      let done = rest.withUnsafeBufferPointer { EVP_DigestUpdate(copy, $0.baseAddress, $0.count) }
      guard done == 1, EVP_DigestFinal_ex(copy, out.baseAddress, nil) == 1 else {
        preconditionFailure("EVP_DigestFinal_ex")
      }  // cannot fail once initialised
      count = 32
    }
  }
}
