/// What is known of a page that a certificate names. `asked`: a code was given, nothing proved yet; `withdrawn` is
/// final.
public enum BindingState: String, Sendable, CaseIterable {
  case asked = "asked"
  case proved = "proved"
  case failed = "failed"
  case withdrawn = "withdrawn"

  /// What led to it.
  public var event: BindingEvent {
    switch self {
    case .asked: .asked
    case .proved: .proved
    case .failed: .failed
    case .withdrawn: .withdrawn
    }
  }
}

/// What one look at a page, or an officer's decision about it, brought.
public enum BindingEvent: String, Sendable, CaseIterable {
  case asked = "asked"
  case proved = "proved"
  case unreachable = "unreachable"
  case contradicted = "contradicted"
  case failed = "failed"
  case withdrawn = "withdrawn"
}

/// The kind of page: a shop on a marketplace, one host, one path of a host, or a whole domain.
public enum BindingKind: String, Hashable, Sendable, CaseIterable {
  case platform = "platform"
  case host = "host"
  case path = "path"
  case domain = "domain"
}

/// How control of a page was proved.
public enum BindingMethod: String, Sendable, CaseIterable {
  case wellKnown = "well_known"
  case page = "page"
  case officer = "officer"
}
