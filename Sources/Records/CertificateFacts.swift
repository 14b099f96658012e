public import Encodings

/// What a certificate is found by, read from the payload of its token. Nothing of it decides anything: `Verification`
/// reads the token itself.
public struct CertificateFacts: Hashable, Sendable {
  /// The 18 characters at the end of the token's `id`.
  public let number: CredentialID
  /// As it is compared: see `RegisterNumber`.
  public private(set) var registerNumber: Text?
  public private(set) var membershipNumber: Text?
  /// Names of the company; of a person only where the token says that the person is listed.
  public private(set) var names: [String] = []
  /// Each once.
  public private(set) var pageKeys: [Text] = []
  /// Seconds since 1970.
  public private(set) var validFrom: Int64?
  public private(set) var validUntil: Int64?

  /// More than a certificate may name, so that a strange token makes no thousands of rows.
  static let maxPages = 128
  static let maxNames = 16
  static let maxKeyBytes = 2_048

  /// Nil where the payload is no JSON object, or its `id` names no certificate.
  public init?(payload: [UInt8]) {
    let flat: FlatJSON
    do throws(JSONRejection) {
      flat = try FlatJSON.object(payload)
    } catch { return nil }
    guard let found = flat.read({ Self($0) }) else { return nil }
    self = found
  }

  private init?(_ payload: JSONView) {
    guard let id = payload["id"]?.utf8, let number = Self.number(id) else { return nil }
    self.number = number
    let subject = payload["credentialSubject"]
    let organization = subject?["memberOrganization"]
    registerNumber = organization?["organizationIdentifier"]?.text.map(RegisterNumber.folded)
    membershipNumber = organization?["membershipNumber"]?.text
    validFrom = payload["validFrom"].flatMap { Instant(xsdDateTime: $0)?.seconds }
    validUntil = payload["validUntil"].flatMap { Instant(xsdDateTime: $0)?.seconds }
    if let person = subject?["memberPerson"], person["publicListing"]?.bool == true {
      for claim in ["personName", "representativeName"] { add(name: person[claim]) }
    }
    if let names = organization?["legalNameText"] {
      for name in names.items { add(name: name["@value"]) }
    }
    if let origins = organization?["authorizedOrigin"] {
      // An origin is a page of its whole host.
      for origin in origins.items { add(key: origin.text?.dropping(prefix: "https://").map { Text("site/\($0)") }) }
    }
    if let pages = organization?["storefronts"] {
      for page in pages.items { add(key: page["key"]?.text) }
    }
  }

  private mutating func add(name: JSONView?) {
    guard names.count < Self.maxNames, let name = name?.string else { return }
    names.append(name)
  }

  private mutating func add(key: Text?) {
    guard pageKeys.count < Self.maxPages, let key, (1...Self.maxKeyBytes).contains(key.bytes.count),
      key.bytes.allSatisfy({ $0 > 0x20 && $0 < 0x7F }), !pageKeys.contains(key)
    else { return }
    pageKeys.append(key)
  }

  /// The last segment of an address, in the spelling of files and links.
  static func number(_ id: some BidirectionalCollection<UInt8>) -> CredentialID? {
    guard let slash = id.lastIndex(of: UInt8(ascii: "/")) else { return nil }
    return number(spelled: id[id.index(after: slash)...])
  }

  /// Nil for any other spelling than that of files and links.
  static func number(spelled text: some Collection<UInt8>) -> CredentialID? {
    do throws(CredentialIDRejection) {
      let number = try CredentialID(reading: text)
      return text.elementsEqual(number.description.utf8) ? number : nil
    } catch { return nil }
  }

  /// The words that it is found by.
  var words: String { SearchWords.fold(names.joined(separator: " ")) }
}

/// Register numbers as they are compared: exact, but for case, and for a blank where `+` stood.
public enum RegisterNumber {
  public static func folded(_ text: Text) -> Text {
    let blank = UInt8(ascii: " ")
    let words = text.bytes.split(separator: blank).map { $0.map(ASCII.upper) }
    // Upper case of ASCII leaves UTF-8 what it is.
    return Text(validating: words.joined(separator: [UInt8(ascii: "+")])) ?? text
  }
}
