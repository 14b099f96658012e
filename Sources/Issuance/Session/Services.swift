internal import Encodings
internal import Profiles
internal import Registry
internal import Storefronts

/// What acts for an authority in one session. A service has no state of its own: it is made where it is used, and all
/// it knows is the session's.
protocol Service {
  var session: AuthoritySession { get }
}

extension Service {
  var home: Home { session.home }
  var registry: Registry { session.registry }
  var authority: Authority { session.authority }
  var profiles: ProfileSet { session.profiles }
  var platforms: PlatformTable { session.platforms }
  var profileDigests: [String: [UInt8]] { session.contents.profileDigests }
  var officer: String { session.officer }
  var now: Instant { session.now }
}

extension AuthoritySession {
  /// The same register, for reading.
  public var reader: RegistryReader { RegistryReader(home: home, registry: registry, authority: authority) }

  public var setup: AuthoritySetup { AuthoritySetup(session: self) }
  public var members: MemberRegister { MemberRegister(session: self) }
  public var issuer: Issuer { Issuer(session: self) }
  public var lifecycle: LifecycleManager { LifecycleManager(session: self) }
  public var approvals: ApprovalWorkflow { ApprovalWorkflow(session: self) }
  public var runner: RequestRunner { RequestRunner(session: self) }
  public var bindings: BindingManager { BindingManager(session: self) }
  public var exporter: CredentialExporter { CredentialExporter(session: self) }
  public var publisher: Publisher { Publisher(session: self) }
  public var reporter: RunReporter { RunReporter(session: self) }
  public var recovery: Recovery { Recovery(session: self) }
  public var crossRecognition: CrossRecognition { CrossRecognition(session: self) }
}
