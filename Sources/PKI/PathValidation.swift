internal import COpenSSL

/// RFC 5280 6.1 by OpenSSL: signatures, path length, name constraints, the policy tree, CRLs. Times are compared by the
/// caller, since OpenSSL takes `notAfter` as exclusive.
enum PathValidation {
  /// OpenSSL's own path validation in its strict mode, as a second opinion after ours. `crls` nil: lists are not
  /// looked at. Times are not compared here.
  static func run(_ chain: [Certificate], anchor: Certificate, crls: [RevocationList]?, rules: ChainRules)
    throws(ChainRejection)
  {
    ERR_clear_error()
    defer { ERR_clear_error() }
    guard let store = X509_STORE_new(), let context = X509_STORE_CTX_new(), let untrusted = khatm_x509s_new(),
      let lists = khatm_crls_new()
    else { throw .failure(.drain("X509_STORE_CTX_new")) }
    // Stacks and store hold no certificate of their own: `chain`, `anchor` and `crls` outlive them.
    defer {
      X509_STORE_CTX_free(context)
      X509_STORE_free(store)
      khatm_x509s_free(untrusted)
      khatm_crls_free(lists)
    }
    guard X509_STORE_add_cert(store, anchor.x509) == 1 else { throw .failure(.drain("X509_STORE_add_cert")) }
    for certificate in chain.dropFirst() where khatm_x509s_push(untrusted, certificate.x509) == 0 {
      throw .failure(.drain("sk_X509_push"))
    }
    guard X509_STORE_CTX_init(context, store, chain[0].x509, untrusted) == 1,
      let parameters = X509_STORE_CTX_get0_param(context)
    else { throw .failure(.drain("X509_STORE_CTX_init")) }

    var flags = X509_V_FLAG_X509_STRICT | X509_V_FLAG_NO_CHECK_TIME | X509_V_FLAG_POLICY_CHECK
    if rules.chamberProfile || rules.requiredPolicy != nil {
      flags |= X509_V_FLAG_EXPLICIT_POLICY | X509_V_FLAG_INHIBIT_ANY
    }
    if let crls {
      for list in crls where khatm_crls_push(lists, list.crl) == 0 { throw .failure(.drain("sk_X509_CRL_push")) }
      X509_STORE_CTX_set0_crls(context, lists)
      flags |= X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL
    }
    guard X509_VERIFY_PARAM_set_flags(parameters, UInt(flags)) == 1 else {
      throw .failure(.drain("X509_VERIFY_PARAM_set_flags"))
    }
    X509_VERIFY_PARAM_set_auth_level(parameters, 2)  // 112 bits of security
    X509_VERIFY_PARAM_set_depth(parameters, Int32(ChainRules.certificateLimit))
    // Without an initial policy OpenSSL takes the set as empty, where RFC 5280 6.1.1 (c) has any-policy.
    guard let policy = OBJ_txt2obj(rules.requiredPolicy ?? OID.anyPolicy.dotted, 1),
      X509_VERIFY_PARAM_add0_policy(parameters, policy) == 1
    else { throw .failure(.drain("X509_VERIFY_PARAM_add0_policy")) }

    let good = X509_verify_cert(context)
    guard good == 1 else { throw rejection(context, good) }
    // The path OpenSSL found must be the one given.
    let found = X509_STORE_CTX_get0_chain(context)
    let path = chain + [anchor]
    guard Int(khatm_x509s_count(found)) == path.count else { throw .notIssuedByNext(step: 0) }
    for step in path.indices where X509_cmp(khatm_x509s_at(found, Int32(step)), path[step].x509) != 0 {
      throw .notIssuedByNext(step: max(0, step - 1))
    }
  }

  private static func rejection(_ context: OpaquePointer, _ result: Int32) -> ChainRejection {
    let code = X509_STORE_CTX_get_error(context)
    let step = Int(max(0, X509_STORE_CTX_get_error_depth(context)))
    if result < 0 || code == X509_V_ERR_OUT_OF_MEM || code == X509_V_ERR_UNSPECIFIED {
      return .failure(.drain("X509_verify_cert"))
    }
    switch code {
    case X509_V_ERR_CERT_SIGNATURE_FAILURE: return .signatureInvalid(step: step)
    case X509_V_ERR_PERMITTED_VIOLATION, X509_V_ERR_EXCLUDED_VIOLATION, X509_V_ERR_SUBTREE_MINMAX,
      X509_V_ERR_UNSUPPORTED_NAME_SYNTAX,
      X509_V_ERR_UNSUPPORTED_CONSTRAINT_TYPE, X509_V_ERR_UNSUPPORTED_CONSTRAINT_SYNTAX:
      return .nameConstraintViolated(step: step)
    case X509_V_ERR_PATH_LENGTH_EXCEEDED: return .pathLengthExceeded(step: step)
    case X509_V_ERR_NO_EXPLICIT_POLICY: return .policyMissing
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT: return .untrusted
    // not reached: our own look at the lists comes first
    case X509_V_ERR_CERT_REVOKED: return .revoked(step: step, at: 0)
    default: return .refused(step: step, reason: String(cString: X509_verify_cert_error_string(Int(code))))
    }
  }
}
