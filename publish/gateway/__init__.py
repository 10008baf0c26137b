"""The gateway: ENT sign-in → person → decision → bytes. Knows a site only by its manifest and its policy."""
