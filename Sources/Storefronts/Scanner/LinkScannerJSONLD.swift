import Encodings

/// Certification addresses in JSON-LD (schema.org `hasCertification`): a hint that names the same id as the visible
/// badge.
enum JSONLDCertifications {
  private static let name = ByteSearch(Array("hasCertification".utf8))
  private static let limits = JSONLimits(maxBytes: ScanLimits.jsonLD, maxDepth: 32, maxMembers: 10_000)
  /// As many as badges are listed.
  private static let maxURLs = ScanLimits.badges

  /// Whether the block is worth parsing.
  static func mayHold(_ bytes: UnsafeBufferPointer<UInt8>, _ range: Range<Int>) -> Bool {
    name.first(in: bytes, from: range.lowerBound, to: range.upperBound) != nil
  }

  /// The `url` of every certification, wherever it hangs (`@graph`, arrays, nested things). Text that is not strict
  /// JSON has none.
  static func urls(_ block: [UInt8]) -> [[UInt8]] {
    let root: JSON
    do throws(JSONRejection) {
      root = try JSON.parse(block, limits: limits)
    } catch {
      return []
    }
    var urls: [[UInt8]] = []
    var waiting: [(value: JSON, isCertification: Bool)] = [(root, false)]
    while let (value, isCertification) = waiting.popLast(), urls.count < maxURLs {
      switch value {
      case .array(let items):
        for item in items.reversed() { waiting.append((item, isCertification)) }
      case .object(let object):
        if isCertification, let url = object["url"]?.text { urls.append(url.bytes) }
        for member in object.members.reversed() { waiting.append((member.value, member.name == "hasCertification")) }
      case .null, .bool, .integer, .number, .string: break
      }
    }
    return urls
  }
}
