internal import Encodings
package import Messages
package import Storefronts

// Storefronts knows no messages: here each of its rejections gets the reason whose sentence is said.

extension AddressRejection {
  package var reason: ReasonCode {
    switch self {
    case .tooLong: .urlTooLong
    case .ambiguous: .urlAmbiguous
    case .schemeRefused: .schemeRefused
    case .userinfoRefused: .urlUserinfoRefused
    case .hostIsIP: .hostIsIP
    case .hostInvalid: .hostInvalid
    case .portRefused: .portRefused
    case .platformUnknown: .platformURLUnknown
    }
  }
}

extension BindingRejection {
  package var reason: ReasonCode {
    switch self {
    case .address(let refusal): refusal.reason
    case .insecureTransport: .insecureTransport
    case .tooWide: .bindingTooWide
    case .redirector: .bindingIsRedirector
    case .authority: .bindingIsAuthority
    case .notProvable: .bindingNotProvable
    }
  }

  /// In English, as terminals and the faults of a sheet say it.
  package var sentence: String {
    let params = params.members.map {
      ($0.name.string, $0.value.string ?? $0.value.int.map { "\($0)" } ?? "")
    }
    return Catalogue.sentence(reason, params: params, language: .en)
  }
}
