-- The trigger of spheres fires without a grant; nobody hangs it on another table.
revoke all on function define_sphere() from public;
