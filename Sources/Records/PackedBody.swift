internal import Credentials
internal import Encodings

/// How the body of a certificate lies in the index: its signature behind its length in two bytes, then its payload,
/// deflated with a dictionary of what certificates of its signer have in common.
enum PackedBody {
  /// A payload that was taken from a token of 256 KiB.
  private static let maxPayloadBytes = CompactJWS.maxTokenBytes

  static func pack(_ token: RecordedJWS, dictionary: [UInt8]) throws -> [UInt8] {
    let signature = token.signature
    return [UInt8(signature.count >> 8 & 0xFF), UInt8(signature.count & 0xFF)] + signature
      + (try Deflate.compress(token.payload, dictionary: dictionary))
  }

  /// Nil for anything that `pack` does not write.
  static func unpack(_ body: [UInt8], header: JWSHeader, dictionary: [UInt8]) -> RecordedJWS? {
    guard body.count >= 2 else { return nil }
    let length = Int(body[0]) << 8 | Int(body[1])
    guard body.count >= 2 + length else { return nil }
    do throws(GzipRejection) {
      let packed = Array(body[(2 + length)...])
      let payload = try Deflate.decompress(packed, dictionary: dictionary, limit: maxPayloadBytes)
      return RecordedJWS(header: header, payload: payload, signature: Array(body[2..<(2 + length)]))
    } catch { return nil }
  }

  /// What two payloads have in common, piece by piece between quotation marks. A dictionary outlives an erasure, so
  /// nothing goes into it that only one company has.
  /// - Returns: nil where both are about the same company, or share too little.
  static func dictionary(of first: [UInt8], and second: [UInt8]) -> [UInt8]? {
    guard let one = CertificateFacts(payload: first), let other = CertificateFacts(payload: second),
      let company = one.registerNumber, let another = other.registerNumber, company != another
    else { return nil }
    let quote = UInt8(ascii: "\"")
    let shared = Set(second.split(separator: quote, omittingEmptySubsequences: false))
    let pieces = first.split(separator: quote, omittingEmptySubsequences: false).filter { shared.contains($0) }
    let dictionary = Array(pieces.joined(separator: [quote]))
    return dictionary.count > 256 ? dictionary : nil
  }
}
