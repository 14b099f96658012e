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
  package var reader: RegistryReader { RegistryReader(home: home, registry: registry, authority: authority) }

  package var setup: AuthoritySetup { AuthoritySetup(session: self) }
  package var members: MemberRegister { MemberRegister(session: self) }
  package var issuer: Issuer { Issuer(session: self) }
  package var lifecycle: LifecycleManager { LifecycleManager(session: self) }
  package var approvals: ApprovalWorkflow { ApprovalWorkflow(session: self) }
  package var runner: RequestRunner { RequestRunner(session: self) }
  package var bindings: BindingManager { BindingManager(session: self) }
  package var exporter: CredentialExporter { CredentialExporter(session: self) }
  package var publisher: Publisher { Publisher(session: self) }
  package var reporter: RunReporter { RunReporter(session: self) }
  package var recovery: Recovery { Recovery(session: self) }
  package var crossRecognition: CrossRecognition { CrossRecognition(session: self) }
}
