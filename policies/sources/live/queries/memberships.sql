SELECT pg_get_userbyid(roleid) AS role, pg_get_userbyid(member) AS member, admin_option AS is_admin,
       inherit_option AS inherits, set_option AS may_set, pg_get_userbyid(grantor) AS grantor
FROM pg_auth_members
WHERE pg_get_userbyid(member) !~ '^pg_'
ORDER BY 1, 2, 6
