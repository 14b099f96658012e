internal import Credentials
internal import Encodings
internal import Storefronts

extension TokenAuthenticator {
  /// Pages the token names, each once; an `authorizedOrigin` is a host (`docs/formats.md`, bindings).
  static func bindingKeys(of credential: MembershipCredential) -> [Text] {
    var keys: [Text] = []
    for binding in credential.bindings where !keys.contains(binding.key) { keys.append(binding.key) }
    return keys
  }

  /// The same as they are shown.
  static func storefronts(of organization: MembershipCredential.Organization, _ table: PlatformTable?)
    -> [VerifiedCredential.Storefront]
  {
    var found: [VerifiedCredential.Storefront] = []
    var keys: Set<Text> = []
    for binding in organization.storefronts where keys.insert(binding.key).inserted {
      found.append(.init(kind: binding.kind.rawValue, key: binding.key.string, display: display(of: binding, table)))
    }
    for origin in organization.authorizedOrigins {
      guard let rest = origin.dropping(prefix: "https://"), keys.insert(Text("site/\(rest)")).inserted else { continue }
      found.append(.init(kind: "host", key: "site/\(rest)", display: origin.string + "/"))
    }
    return found
  }

  /// People read the display, machines the key. A display that is not the address of its key would name somebody else's
  /// page: then the key is shown.
  private static func display(of binding: StorefrontBinding, _ table: PlatformTable?) -> String {
    let shown = binding.display.bytes
    let scheme = Array("https://".utf8)
    guard shown.starts(with: scheme) else { return binding.key.string }
    let address = shown[scheme.count...]
    let slash = binding.key.bytes.firstIndex(of: UInt8(ascii: "/")).map { $0 + 1 } ?? 0
    let name = binding.key.bytes[slash...]
    switch binding.kind {
    case .host, .path, .domain:
      return address.elementsEqual(name)
        || (address.last == UInt8(ascii: "/") && address.dropLast().elementsEqual(name))
        ? binding.display.string : binding.key.string
    case .platform:
      guard let table else { return binding.key.string }
      do throws(AddressRejection) {
        return try PageAddress.read(shown, platforms: table).key.text == binding.key
          ? binding.display.string : binding.key.string
      } catch { return binding.key.string }
    }
  }
}
