internal import Encodings
internal import Messages
public import Storefronts

/// The page a caller asks about. Immutable, and a class only so that it is held once.
public final class RequestedPage: Sendable {
  /// As the caller wrote it.
  public let asked: String
  public let address: PageAddress
  /// By the table of one authority, where somebody read it before.
  let reading: PageReading?

  public convenience init(asked: String, address: PageAddress) {
    self.init(asked: asked, address: address, reading: nil)
  }

  init(asked: String, address: PageAddress, reading: PageReading?) {
    self.asked = asked
    self.address = address
    self.reading = reading
  }

  /// Whatever table the caller read the address by, it is compared by ours: else two shops of one marketplace could
  /// look alike. Nil without a table, for the same reason.
  func reading(under trust: Trust) -> PageReading? {
    if let reading, reading.authority === trust { return reading }
    return PageReading(address, trust)
  }
}

/// A page's address as one platform table reads it, and its keys.
final class PageReading: Sendable {
  let refusal: AddressRejection?
  let key: Text
  let matchKeys: Set<Text>
  let reasons: [Reason]
  /// Whose table it is.
  let authority: Trust

  /// Nil: there is no table.
  init?(_ stated: PageAddress, _ trust: Trust) {
    guard let table = trust.platforms else { return nil }
    authority = trust
    let address: PageAddress
    do throws(AddressRejection) {
      address = try PageAddress.read(stated.requestURL.bytes, platforms: table)
    } catch {
      refusal = error
      key = ""
      matchKeys = []
      reasons = []
      return
    }
    refusal = nil
    key = address.key.text
    matchKeys = Set(address.matchKeys.map(\.text))
    reasons = address.notes.map { note in
      switch note {
      case .insecureTransport: Reason(.insecureTransport, at: "page")
      case .hostScriptMixed: Reason(.hostScriptMixed, at: "page", [.init("label", .string(address.host))])
      }
    }
  }
}
