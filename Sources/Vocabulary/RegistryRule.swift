/// A rule of the register that refuses a write: raised by a trigger of the schema, or thrown by a store. The raw value
/// is the word that the trigger raises.
public enum RegistryRule: String, Sendable, CaseIterable {
  // Raised by triggers.
  case illegalTransition = "illegal_transition"
  case issuerNotAuthorised = "issuer_not_authorised"
  case approvalOfOtherContent = "approval_of_other_content"
  case officerRemoved = "officer_removed"
  case immutable = "registry_immutable"
  case tampered = "registry_tampered"
  case roleMissing = "role_missing"
  case secondOfficerRequired = "second_officer_required"
  // Thrown by stores alone.
  case credentialUnknown = "credential_unknown"
  case logMoved = "log_moved"
  case memberUnknown = "member_unknown"
  case officerUnknown = "officer_unknown"
  case quotaReached = "quota_reached"
  case randomGeneratorRepeats = "random_generator_repeats"
}
