# Signs nobody out. The id is an object id, a user principal name, /users/<object id>, or me.
terraform import graph_user_token_invalidation.leaver 0b0a1d3e-7c2f-4f3e-9a53-5d6f2a1c8e47
