import Credentials
import Encodings
import Repository
import Storefronts
import Verification

/// The site that the browser says it came from (`Referer`, RFC 9110 10.1.3), compared with the pages of a certificate.
/// Only its origin is read, only on the person's page, and it never makes an answer `confirmed`: a thief can drop the
/// field, and a page of the victim that forwards people can bring it.
enum Arrival {
  /// Nothing to be said.
  case unknown
  /// A host or domain that is proved to be the holder's.
  case proved(String)
  /// A registered page or shop is somewhere on that host.
  case pathOf(String)
  case notRegistered(String)

  private static let maxBytes = 2_048

  init(_ field: String?, at decision: Decision, _ service: Service, now: Instant) {
    self = .unknown
    guard let field, field.utf8.count <= Self.maxBytes, let credential = decision.credential,
      let site = Self.site(field, service)
    else { return }
    let origin = site.host.string
    guard origin != service.host, !origin.hasSuffix("." + service.host) else { return }
    let keys = Set(site.matchKeys.map { $0.text.string })
    let own = credential.storefronts.filter { keys.contains($0.key) }
    let isProved = own.contains { page in
      let kind = StorefrontBinding.Kind(rawValue: page.kind)
      guard kind == .host || kind == .domain, let said = decision.bindings[page.key] else { return false }
      return said.state == .proved && !said.isStale(at: now)
    }
    if isProved {
      self = .proved(origin)
    } else if own.isEmpty {
      let shops = credential.storefronts.compactMap { Self.site($0.display, service)?.host.string }
      self = shops.contains(origin) ? .pathOf(origin) : .notRegistered(origin)
    }
  }

  /// The front page of the origin; nil for what is no web address.
  private static func site(_ address: String, _ service: Service) -> PageAddress? {
    let bytes = Array(address.utf8)
    let scheme = Array("https://".utf8)
    guard bytes.starts(with: scheme) else { return nil }
    let host = bytes[scheme.count...].prefix { $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "?") }
    do throws(AddressRejection) {
      return try PageAddress.read(
        scheme + host + [UInt8(ascii: "/")],
        platforms: service.folder.trust.platforms ?? .empty
      )
    } catch {
      return nil
    }
  }
}
