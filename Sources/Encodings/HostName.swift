/// A host name that certificates, DIDs, badge links and mail addresses can all carry (RFC 1123 section 2.1): two labels
/// or more of lower-case letters, digits and hyphens, the last of them not a number, 253 bytes at most.
public enum HostName {
  public static let maxBytes = 253

  public static func isValid(_ bytes: some Collection<UInt8>) -> Bool {
    let labels = Array(bytes).split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    guard bytes.count <= maxBytes, labels.count >= 2, labels.allSatisfy(isLabel) else { return false }
    // 1.2.3.4 and what resembles it is an address.
    return labels.last?.allSatisfy(ASCII.isDigit) == false
  }

  private static func isLabel(_ label: ArraySlice<UInt8>) -> Bool {
    let hyphen = UInt8(ascii: "-")
    return (1...63).contains(label.count) && label.first != hyphen && label.last != hyphen
      && label.allSatisfy { (0x61...0x7A).contains($0) || ASCII.isDigit($0) || $0 == hyphen }
  }
}
