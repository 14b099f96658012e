public import Encodings
public import PKI

/// Why a Multikey is refused.
public enum MultikeyRejection: Error, Hashable, Sendable {
  /// Another multibase than `z`, which CID 1.0 forbids to accept, or nothing at all.
  case notBase58btc
  /// A character outside the alphabet, or more than `Multikey.maxBytes`.
  case malformed
  /// A codec that is not one of the three, with its first two bytes.
  case unsupportedCodec(UInt16)
  /// The codec of a secret key, which nobody should have sent.
  case secretKey
  /// The key bytes are not a key: wrong length, not on the curve, not the canonical form.
  case badKey(KeyRejection)
  /// Our key cannot be written as a Multikey (RSA).
  case unsupportedKind(KeyKind)
}

/// Multikey (Controlled Identifiers 1.0, 2.2.2): `z` + base58btc(two bytes of codec + public key).
public enum Multikey {
  /// Ours have at most 51 bytes (P-384). The longest of the standard, BLS12-381 G2, has 98: long enough to be named as
  /// unsupported.
  public static let maxBytes = 98

  /// The key, checked by PKI: on the curve, canonical.
  public static func decode(_ text: Text) throws(MultikeyRejection) -> PublicKey {
    guard text.bytes.first == UInt8(ascii: "z") else { throw .notBase58btc }
    guard let bytes = Base58.decode(text.bytes.dropFirst(), maxBytes: maxBytes), bytes.count >= 2 else {
      throw .malformed
    }
    let codec = UInt16(bytes[0]) << 8 | UInt16(bytes[1])
    let key = Array(bytes.dropFirst(2))
    guard !secretCodecs.contains(codec) else { throw .secretKey }
    do throws(KeyRejection) {
      switch codec {
      case Codec.ed25519:
        guard key.count == 32 else { throw KeyRejection.malformed }
        return try PublicKey(.ed25519(key))
      case Codec.p256: return try PublicKey(curve: .p256, point: try compressed(key, .p256))
      case Codec.p384: return try PublicKey(curve: .p384, point: try compressed(key, .p384))
      default: break
      }
    } catch { throw .badKey(error) }
    throw .unsupportedCodec(codec)
  }

  /// The one spelling of a key.
  public static func encode(_ key: PublicKey) throws(MultikeyRejection) -> String {
    switch key.material {
    case .ed25519(let bytes): return write(Codec.ed25519, bytes)
    case .ec(let curve, let x, let y):
      let sign: UInt8 = y.last.map { 2 + ($0 & 1) } ?? 2
      return write(curve == .p256 ? Codec.p256 : Codec.p384, [sign] + x)
    case .rsa: throw .unsupportedKind(key.kind)
    }
  }

  /// Compressed form only: a point must not have two Multikeys.
  private static func compressed(_ point: [UInt8], _ curve: EllipticCurve) throws(KeyRejection) -> [UInt8] {
    guard point.count == 1 + curve.coordinateBytes, point[0] == 2 || point[0] == 3 else { throw .malformed }
    return point
  }

  private static func write(_ codec: UInt16, _ key: [UInt8]) -> String {
    "z" + Base58.encode([UInt8(truncatingIfNeeded: codec >> 8), UInt8(truncatingIfNeeded: codec)] + key)
  }

  /// The varint of the multicodec table, as its two bytes.
  private enum Codec { static let ed25519: UInt16 = 0xED01, p256: UInt16 = 0x8024, p384: UInt16 = 0x8124 }

  /// 0x1300…0x130f of the multicodec table (Ed25519, X25519, secp256k1, RSA, NIST curves, BLS) and 0x1310…0x1311, as
  /// varints.
  private static let secretCodecs: Set<UInt16> = Set((UInt16(0x80)...0x91).map { $0 << 8 | 0x26 })
}
